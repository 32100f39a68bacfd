"""Matched layers have different output shapes.

What it detects:
    A layer whose output differs in size along an axis of the same meaning, the batch aside.

Why it happens:
    A different stride, padding, width or input size, here or in an earlier layer; then this finding follows from that
    one.

How to fix:
    Fix the cause; this follows from it.

Example:
    (N, 56, 56, 64) on the left, (N, 64, 55, 55) on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape


def claims(_: Difference, __: View) -> bool:
    """Every shape that differs or is not known."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both shapes, or say why one is not known; the shape of what the model returns is part of its interface."""
    difference = differences[0]
    effect = Effect.INTERFACE if _is_returned(difference, view) else Effect.INFERENCE
    if difference.unknown is not None:
        if difference.left_value is None or difference.right_value is None:
            return Explanation(difference.unknown.reason, difference.unknown.remedy, concerns=effect)
        left, right = shape(difference.left_value), shape(difference.right_value)
        message = f"{left} on the left, {right} on the right: {difference.unknown.reason}"
        return Explanation(message, difference.unknown.remedy, concerns=effect)
    left, right = shape(difference.left_value), shape(difference.right_value)
    return Explanation(f"{left} on the left, {right} on the right", effect=effect)


def _is_returned(difference: Difference, view: View) -> bool:
    outputs = {*view.left.outputs, *view.right.outputs}
    layers = (difference.left, difference.right)
    return all(layer is not None and outputs.intersection(layer.outputs) for layer in layers)


RULE = Rule("output-shape", Effect.INFERENCE, frozenset({Topic.SHAPE}), claims, explain, general=True)
