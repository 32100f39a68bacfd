"""A layer is applied twice in a row on one side and once on the other.

What it detects:
    A layer without a counterpart that is one of two equal ones in a row, or the second call of one layer.

Why it happens:
    A line was copied once too often, or a loop runs once more. Nothing tells the two apart, so which of them is
    reported is arbitrary.

How to fix:
    Remove one of them, or add a second one on the other side.

Example:
    ``x = self.conv(self.conv(x))`` where the other model calls it once.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer
from parity.kinds import kind
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

OTHERS = frozenset({
    *("activation", "batch_norm", "concat", "elementwise", "input", "keras_scaling", "masking", "normalization"),
    *("opaque", "quantisation", "select", "unused"),
})  # fmt: skip
"""Kinds of which other rules tell."""


def claims(difference: Difference, view: View) -> bool:
    """A layer on one side only, of which that side has two in a row."""
    layer = difference.layer
    if layer.kind in OTHERS or kind(layer.kind).training_only:
        return False
    alignment = view.alignment
    counts = [alignment.left_repeats] if difference.left is not None else [alignment.right_repeats]
    alone = difference.left is None or difference.right is None
    return alone and any(count.get(layer.path) == 2 for count in counts)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name it, and what the second one holds."""
    layer = differences[0].layer
    on_left = differences[0].left is not None
    side, other = ("left", "right") if on_left else ("right", "left")
    again = "is called twice" if _is_shared(layer, view, of_left=on_left) else "occurs twice in a row"
    count = sum(abs(each.delta) for each in differences)
    held = f"; the second one holds {count:,} parameters" if count else ""
    message = f"{layer.op} {called(layer)} {again} on the {side}, once on the {other}{held}"
    values = (2, 1) if on_left else (1, 2)
    unknown = next((each.unknown for each in differences if each.unknown is not None), None)
    if unknown is not None:
        return Explanation(f"{message}: {unknown.reason}", unknown.remedy, None, Effect.INFERENCE, *values)
    return Explanation(message, f"remove one on the {side}, or add one on the {other}", None, None, *values)


def _is_shared(layer: Layer, view: View, *, of_left: bool) -> bool:
    layers = (pair[0 if of_left else 1] for pair in view.pairs)
    stored = {weight.storage for each in layers for weight in each.weights}
    return bool(layer.weights) and all(weight.storage in stored for weight in layer.weights)


RULE = Rule("layer-duplicated", Effect.INFERENCE, frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}), claims, explain)
