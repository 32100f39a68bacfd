"""A weight exists on one side only.

What it detects:
    A bias, scale or other weight of an aligned layer that the other side does not have.

Why it happens:
    ``use_bias=False`` or ``bias=False``, ``scale=False`` or ``affine=False`` on one side.

How to fix:
    Switch it on or off on both sides. A missing bias is equivalent to zeros, a missing scale to ones: ONNX must store a
    BatchNorm's scale and offset, and exporters drop biases of zeros. In a live PyTorch model, and for a short bias in
    an ONNX file, the values are checked; elsewhere it is undecided without the values.

Example:
    ``Dense(10)`` against ``nn.Linear(100, 10, bias=False)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Census, Effect, Framework, Weight
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape

NEUTRAL = {"bias": "zeros", "beta": "zeros", "gamma": "ones"}


def claims(_: Difference, __: View) -> bool:
    """Every weight that only one side has."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the weight and its side, and what an ONNX file does that can make it the same all the same."""
    difference = differences[0]
    on_left = difference.left_value is not None
    side, found = ("left", difference.left_value) if on_left else ("right", difference.right_value)
    has, lacks = (view.left, view.right) if on_left else (view.right, view.left)
    message = f"{difference.name} {shape(found)} on the {side} only"
    if difference.unknown is not None:
        return Explanation(f"{message}: {difference.unknown.reason}", concerns=Effect.INFERENCE)
    weight = difference.layer.weight(difference.name) or (difference.right or difference.layer).weight(difference.name)
    neutral = NEUTRAL.get(difference.name)
    held = None if weight is None else weight.ones if neutral == "ones" else weight.zeros
    if held and neutral is not None:
        return _neutral(f"{message}; it holds {neutral} only", view, weight)
    if weight is not None and weight.census is Census.CONSTANT and held is None:
        message = f"{message}, a constant of the file whose values were not read"
        return Explanation(message, "compare the weights", Effect.UNKNOWN, Effect.INFERENCE)
    if (
        held is None
        and neutral is not None
        and has.framework is Framework.ONNX
        and difference.layer.kind == "batch_norm"
    ):
        message = f"{message}, where ONNX must write it; the same model if it holds {neutral} only"
        return Explanation(message, "compare the weights", Effect.UNKNOWN, Effect.INFERENCE)
    if held is None and lacks.framework is Framework.ONNX and difference.name == "bias":
        message = f"{message}; exporters drop biases of zeros, so it is the same model if all its values are zero"
        return Explanation(message, "compare the weights", Effect.UNKNOWN, Effect.INFERENCE)
    same = f"; without it is the same as with {neutral}" if neutral is not None else ""
    return Explanation(
        f"{message}{same}", f"add it on the {'right' if on_left else 'left'}, or remove it on the {side}"
    )


def _neutral(message: str, view: View, weight: Weight | None) -> Explanation:
    """What changes no output: exporters drop it, and between models that train it is there to be trained."""
    if view.left.inference_only or view.right.inference_only or (weight and weight.census is not Census.TRAINABLE):
        return Explanation(f"{message}, which change nothing", "", Effect.CONVERSION)
    remedy = "add it where it is missing, or remove it, so that both train alike"
    return Explanation(f"{message}, which change no output until they are trained", remedy, Effect.TRAINING)


RULE = Rule("weight-missing", Effect.INFERENCE, frozenset({Topic.WEIGHT}), claims, explain, general=True)
