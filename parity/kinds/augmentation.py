"""A random change of images or their labels while training, such as a flip; passes them on otherwise."""

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind

OWN = {"name", "trainable", "dtype", "seed", "data_format"}
"""Settings that do not say what happens to an image."""

LAYERS = """
AugMix CutMix Equalization MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert
RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation
RandomZoom Solarization
"""
"""What Keras does in training only, though ``Equalization`` and ``Solarization`` need not be random."""


def _keras(call: Call) -> tuple[Draft, ...]:
    if len(call.inputs) > 1:
        return ()
    settings = {name: value for name, value in call.node.attributes.items() if name not in OWN}
    attributes = {"change": call.node.op, "settings": settings}
    return (Draft("augmentation", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "augmentation",
    attributes={"change": Attribute(Effect.TRAINING), "settings": Attribute(Effect.TRAINING)},
    spellings={("keras", name): _keras for name in LAYERS.split()},
    training_only=True,
)
