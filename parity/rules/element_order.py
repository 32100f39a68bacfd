"""A reshape puts elements in a different order, and nothing after it compensates.

What it detects:
    A Reshape, Flatten or Permute after which elements are in different positions: it works on (H, W, C) on one side and
    on (C, H, W) on the other, with no transpose between, and without weights after it that could be permuted.

Why it happens:
    ``reshape`` and ``view`` keep the order in memory, which is channels last in Keras and channels first in PyTorch.
    The shapes agree, so nothing complains: detection heads, pooled patches and embeddings come out shuffled.

How to fix:
    Bring the axes into the other side's order before the reshape, in PyTorch
    ``x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, classes)``, in Keras ``keras.ops.transpose(x, (0, 3, 1, 2))``.

Example:
    A detection head of 4 x 6 channels: ``Reshape((-1, 6))`` in Keras takes the 6 scores of an anchor from its channels,
    ``x.reshape(n, -1, 6)`` in PyTorch takes them from 6 neighbouring pixels.
"""

from collections.abc import Sequence

from parity.comparison import ELEMENTS, Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._words import axes_of, called


def claims(difference: Difference, _: View) -> bool:
    """Every other order of elements that no weights make up for."""
    return difference.name == ELEMENTS


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both orders, and the transposition that the right side needs."""
    difference = differences[0]
    left, right = (axes_of(value) for value in (difference.left_value, difference.right_value))
    message = f"elements run over ({left}) on the left, over ({right}) on the right, and no weights compensate for that"
    return Explanation(message, _turn(difference, view))


def _turn(difference: Difference, view: View) -> str:
    """The transposition before the right layer that gives its axes the left layer's order."""
    layer, other = difference.right, difference.left
    if layer is None or other is None:
        return ""
    mine, theirs = view.right.values.get(layer.inputs[0]), view.left.values.get(other.inputs[0])
    axes, wanted = (value.axes if value is not None else None for value in (mine, theirs))
    if axes is None or wanted is None or {*axes} != {*wanted} or axes == wanted:
        return "transpose before it to the other side's axis order"
    call = "permute" if view.right.framework is Framework.TORCH else "transpose"
    return f"add x.{call}{tuple(axes.index(name) for name in wanted)} before {called(layer)}"


RULE = Rule("element-order", Effect.INFERENCE, frozenset({Topic.ROW_ORDER}), claims, explain)
