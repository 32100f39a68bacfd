"""Flatten runs over the axes in a different order, so the rows of the next Dense kernel are permuted.

What it detects:
    A Flatten or Reshape of an image or sequence whose merged axis runs over (H, W, C) on one side and (C, H, W) on the
    other, and is read by weights with a row for each element; or a Reshape that turns the output of a Dense layer into
    an image, as in generators.

Why it happens:
    Keras keeps channels last, PyTorch and ONNX channels first. Both flatten in memory order. The shapes agree, so
    copying the kernel of the following Dense layer as it is fails silently.

How to fix:
    From Keras to PyTorch, for the Linear after the Flatten:
    ``kernel.reshape(H, W, C, out).transpose(3, 2, 0, 1).reshape(out, C * H * W)``. For the Linear before a view as an
    image: ``np.transpose(kernel.reshape(inputs, H, W, C), (3, 1, 2, 0)).reshape(C * H * W, inputs)``, and its bias
    likewise.

Example:
    ``Flatten()`` after a (64, 64, 32) feature map: the 131,072 columns of fc1 must be permuted.
"""

from collections.abc import Sequence

from parity.comparison import ROWS, Difference, Topic, View
from parity.graph import Effect, Layer, LayerGraph
from parity.rules._contract import Explanation, Rule
from parity.rules._words import axes_of, called

BETWEEN = {"dropout", "activation"}


def claims(difference: Difference, _: View) -> bool:
    """Every merged axis that runs in another order for which weights can make up, or might."""
    return difference.name == ROWS


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the orders and the kernel whose rows they are."""
    difference = differences[0]
    if difference.unknown is not None:
        return Explanation(difference.unknown.reason, difference.unknown.remedy, concerns=Effect.INFERENCE)
    left, right = (axes_of(value) for value in (difference.left_value, difference.right_value))
    message = f"rows run over ({left}) on the left, over ({right}) on the right"
    if difference.right is not None and len(view.right.shape(difference.right.inputs[0]) or ()) == 2:
        return Explanation(message, _units(view.right, difference.right))
    dense = _reader(view.right, difference.right)
    kernel = dense.weight("kernel") if dense is not None else None
    if dense is None or kernel is None:
        return Explanation(message, "permute the rows of the weights after it")
    rows = kernel.numel // dense.attributes["units"]
    return Explanation(message, f"permute the {rows:,} columns of {called(dense)} when its weights are carried over")


def _units(graph: LayerGraph, reshape: Layer) -> str:
    made: Layer | None = reshape
    while made is not None and made.kind != "dense":
        before = graph.producers.get(made.inputs[0]) if made.inputs else None
        made = before if before is not None and before.kind in {"dense", "batch_norm", *BETWEEN} else None
    if made is None:
        return "permute the outputs of the weights before it"
    units = made.attributes["units"]
    return f"permute the {units:,} units of {called(made)} when its weights are carried over"


def _reader(graph: LayerGraph, layer: Layer | None) -> Layer | None:
    """The dense layer that reads the flattened rows."""
    while layer is not None and layer.kind != "dense":
        users = graph.consumers.get(layer.outputs[0], ()) if layer.outputs else ()
        layer = next((each for each in users if each.kind in {"dense", *BETWEEN}), None)
    return layer


RULE = Rule("flatten-order", Effect.CONVERSION, frozenset({Topic.ROW_ORDER}), claims, explain)
