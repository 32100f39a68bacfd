"""Dropout differs in what it drops: single elements, whole channels, or whole samples.

What it detects:
    Matched dropouts that drop different units, or that replace what is dropped by something other than zeros.

Why it happens:
    ``SpatialDropout2D`` is ``nn.Dropout2d``, not ``nn.Dropout``; stochastic depth drops the whole branch of a sample
    and is written ``Dropout(rate, noise_shape=(None, 1, 1, 1))`` in Keras; ``AlphaDropout`` keeps mean and variance.

How to fix:
    Use the same type of dropout on both sides.

Example:
    EfficientNet drops whole branches per sample in Keras; a port with ``nn.Dropout`` drops single elements.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, effect_of

NAMES = {"units": "what is dropped", "noise": "what takes its place"}
LAYERS = {
    ("elements", "zero"): ("Dropout(...)", "nn.Dropout(...)"),
    ("channels", "zero"): ("SpatialDropout2D(...)", "nn.Dropout2d(...)"),
    ("samples", "zero"): ("Dropout(..., noise_shape=(None, 1, 1, 1))", "torchvision.ops.StochasticDepth(..., 'row')"),
    ("elements", "alpha"): ("AlphaDropout(...)", "nn.AlphaDropout(...)"),
}


def claims(difference: Difference, _: View) -> bool:
    """What a dropout draws for, and what it does to it."""
    return difference.layer.kind == "dropout" and difference.name in NAMES and difference.unknown is None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what each drops."""
    parts = [
        f"{NAMES[each.name]}: {each.left_value} on the left, {each.right_value} on the right" for each in differences
    ]
    told = differences[0].layer.attributes
    found = LAYERS.get((str(told.get("units")), str(told.get("noise"))))
    remedy = as_left(view, keras=found[0], torch=found[1]) if found else "use the same kind of dropout on both sides"
    return Explanation("; ".join(parts), remedy, effect_of(differences[0]))


RULE = Rule("dropout-units", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
