"""A random change of images or their labels while training, such as a flip; passes them on otherwise."""

from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later
from parity.kinds._modes import ALWAYS, CALLED_IN, always, never

OWN = {"name", "trainable", "dtype", "seed", "data_format", CALLED_IN}
"""Settings that do not say what happens to an image."""

LAYERS = frozenset((
    "AugMix", "CutMix", "Equalization", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom", "Solarization",
))  # fmt: skip
"""What Keras does in training only, though ``Equalization`` and ``Solarization`` need not be random."""


def _keras(call: Call) -> tuple[Draft, ...]:
    if len(call.inputs) > 1 or never(call):
        return ()
    settings = {name: value for name, value in call.node.attributes.items() if name not in OWN}
    attributes: dict[str, Any] = {"change": call.node.op, "settings": settings}
    if always(call):
        attributes["always"] = True
    return (Draft("augmentation", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "augmentation",
    attributes={"change": Attribute(Effect.TRAINING), "settings": Attribute(Effect.TRAINING), **ALWAYS},
    compute=later(__package__, "passed_on"),
    spellings={("keras", name): _keras for name in sorted(LAYERS)},
    training_only=True,
)
