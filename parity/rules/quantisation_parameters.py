"""One side is quantised: integer weights with scales and zero points.

What it detects:
    Weights of int8 or uint8 matched with float weights, the scales and zero points that only a quantised model has, and
    a ReLU that is part of the quantised range only.

Why it happens:
    ``onnxruntime.quantization`` stores ``round(w / scale) + zero_point`` for each weight, and the scale and zero point
    once for each tensor or channel; it does the same with activations. Structure, settings and counts are those of the
    float model, the outputs are not: each value is rounded to one of 256. Whether the accuracy loss is acceptable must
    be measured on your data, so under a profile that asks for the same outputs this finding is undecided. If both sides
    are quantised and written in two ways, only the counts of scales differ, which changes nothing.

How to fix:
    Run both on your data. If the loss is acceptable, suppress this rule for the pair with that as the reason; all other
    differences are still reported. Otherwise compare the float model that was quantised.

Example:
    A convolution of 3 x 3 x 24 x 36 weights is stored as 7,776 8-bit integers, one scale and one zero point.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_lone_grid, is_lone_saturation, is_quantised, is_saturation

SHOWN = 3


def claims(difference: Difference, _: View) -> bool:
    """Small integers in the place of real numbers, and what they are scaled by."""
    if difference.topic is Topic.DTYPE:
        return is_quantised(difference)
    if difference.topic is Topic.GRID:
        return is_lone_grid(difference)
    if difference.topic is Topic.LAYER and is_lone_saturation(difference):
        return True
    if difference.topic is Topic.WRITTEN:
        return difference.name == Undone.QUANTISED
    if difference.topic is Topic.ATTRIBUTE:
        return difference.layer.kind == "activation" and is_saturation(difference)
    return difference.layer.kind == "quantisation" and not (difference.left and difference.right)


def _place(_: Difference, view: View) -> Layer | None:
    """The layer of all scales and zero points, of which one finding is told."""
    both = [layer for graph in (view.left, view.right) for layer in graph.layers if layer.kind == "quantisation"]
    return both[0] if both else None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how many weights are integers, and what they are scaled by."""
    types = [each for each in differences if each.topic is Topic.DTYPE]
    counts = [each for each in differences if each.topic is Topic.LAYER_WEIGHTS]
    values = differences[0].left_value, differences[0].right_value
    parts = []
    if types:
        values = types[0].left_value, types[0].right_value
        side = "left" if "float" in str(values[1]) else "right"
        small = values[0] if side == "left" else values[1]
        parts.append(f"{len(types):,} weights are quantised on the {side}, the first of them to {small}")
    if counts:
        side = "left" if counts[0].left is not None else "right"
        total = abs(sum(each.delta for each in counts))
        parts.append(f"{total:,} scales and zero points are state on the {side} only")
    grids = [each for each in differences if each.topic is Topic.GRID]
    if grids:
        side = "left" if grids[0].left_value else "right"
        parts.append(f"activations are quantised on the {side} only")
    cut = [each.layer.source for each in differences if is_lone_saturation(each)]
    if cut:
        parts.append(f"the output of {', '.join(cut[:SHOWN])} is clipped at 0, which may be a ReLU or have no effect")
    message = "; ".join(parts) or "one side is quantised"
    rounded = types or cut or grids
    told = "whether the accuracy loss is acceptable must be measured on your data" if rounded else "the outputs agree"
    return Explanation(
        f"{message}; {told}",
        "run both on your data; suppress this finding if the loss is acceptable" if rounded else "",
        effect=Effect.UNKNOWN if rounded else None,
        concerns=Effect.INFERENCE,
        left_value=values[0],
        right_value=values[1],
    )


RULE = Rule(
    "quantisation-parameters",
    Effect.BOOKKEEPING,
    frozenset({Topic.DTYPE, Topic.GRID, Topic.LAYER, Topic.LAYER_WEIGHTS, Topic.ATTRIBUTE, Topic.WRITTEN}),
    claims,
    explain,
    about=_place,
)
