"""Why a layer with weights may be on both sides though only one shows it, where a side has no wiring."""

from collections.abc import Collection

from parity.comparison._contract import View
from parity.comparison._holes import Holes
from parity.graph import Census, Evidence, Layer, LayerGraph, Unknown

FUNCTIONS = {"elementwise", "activation", "where", "expand", "gather"}
"""What forward() does with tensors of its own, which are part of no layer in a source without wiring."""


def shared(view: View) -> tuple[Collection[str], Collection[str]]:
    """What is stored for layers that have a counterpart, on either side."""
    left, right = (
        {weight.storage for path in paths for weight in layers[path].weights}
        for paths, layers in (
            (view.alignment.to_right, view.left_layers),
            (view.alignment.to_left, view.right_layers),
        )
    )
    return left, right


def may_be(layer: Layer, own: LayerGraph, graph: LayerGraph, other: Holes, used: Collection[str]) -> Unknown | None:
    """Why it cannot be said that the other side lacks a layer.

    Args:
        layer: a layer without a counterpart.
        own: the graph that it is of.
        graph: the other side.
        other: the layers there that have no counterpart.
        used: what is stored for layers of its own side that have one.
    """
    if Evidence.GRAPH is own.evidence is graph.evidence or not layer.weights:
        return None
    if {weight.storage for weight in layer.weights} <= set(used):
        return Unknown("it has the tensors of another layer, and a source without wiring does not show how often")
    strange = next((each for each in other.layers if each.kind in {"opaque", "unused"}), None)
    if strange is not None and graph.evidence is not Evidence.GRAPH:
        return Unknown(f"it could be part of {strange.source}, which is not supported")
    if (elsewhere := _elsewhere(layer, own, graph, other)) is not None:
        return elsewhere
    if own.inference_only:
        return _made(layer, graph)
    return _taken(layer, graph, other) if graph.inference_only else None


def _elsewhere(layer: Layer, own: LayerGraph, graph: LayerGraph, other: Holes) -> Unknown | None:
    """What of the other side can hold a layer's tensors."""
    spent = next((each for each in other.layers if _of_another(each, layer) or _of_another(layer, each)), None)
    if spent is not None:
        return Unknown(f"{spent.source} holds a tensor of that size, and forward() can use one outside of its layer")
    if not graph.weights:
        return Unknown("the other file lists no tensors: what its functions hold as constants is not read")
    guessed = Evidence.TENSORS in {own.evidence, graph.evidence}
    alike = next((each for each in other.layers if guessed and _as_many(each, layer)), None)
    if alike is None:
        return None
    return Unknown(f"{alike.source} has as many elements, and what each of them is was guessed from shapes and names")


def _as_many(one: Layer, other: Layer) -> bool:
    """Whether two layers of different kinds have tensors of as many elements."""
    counts = [sorted(weight.numel for weight in layer.weights) for layer in (one, other)]
    return one.kind != other.kind and bool(counts[0]) and counts[0] == counts[1]


def _of_another(function: Layer, layer: Layer) -> bool:
    """Whether all that a function works with, without being a layer of its own, can be tensors of a layer."""
    shapes = [weight.shape for weight in layer.weights]
    apart = [weight for weight in function.weights if not weight.name.startswith(f"{function.source}.")]
    return bool(apart) and len(apart) == len(function.weights) and all(each.shape in shapes for each in apart)


def _made(layer: Layer, graph: LayerGraph) -> Unknown | None:
    """What an exporter can have made a layer's tensors of."""
    if layer.kind in FUNCTIONS:
        return Unknown(
            "an exporter can have computed its tensor from others, and without wiring it is not known from which"
        )
    twin = next((each for each in graph.layers if layer.kind == "dense" and _is_table(each, layer)), None)
    if twin is None:
        return None
    return Unknown(f"it can have a copy of the tensor of {twin.source}, which a file of tensors holds once")


def _taken(layer: Layer, graph: LayerGraph, other: Holes) -> Unknown | None:
    """Where an exporter can have put a layer's tensors."""
    if layer.kind == "batch_norm" and any(_may_hold(each, layer) for each in graph.layers):
        return Unknown(
            "an exporter can have merged it into the layer before, and without wiring it is not known which that is"
        )
    made = next((each for each in other.layers if layer.kind == "embedding" and _holds_rows(each, layer)), None)
    if made is None:
        return None
    return Unknown(
        f"its rows can be those that {made.source} has stored, and without wiring it is not known where they are used"
    )


def _may_hold(layer: Layer, norm: Layer) -> bool:
    """Whether a batch norm can be in the weights of a layer: it has a bias for each of its channels."""
    bias, mean = layer.weight("bias"), norm.weight("moving_mean") or norm.weight("gamma")
    merges = layer.kind in {"conv", "conv_transpose", "dense"} and bias is not None
    return merges and bias is not None and mean is not None and bias.numel == mean.numel


def _is_table(layer: Layer, dense: Layer) -> bool:
    """Whether a layer is an embedding whose table has the sizes of a matrix."""
    kernel = dense.weight("kernel")
    found = layer.kind == "embedding" and kernel is not None and len(layer.weights) > 0
    return found and kernel is not None and sorted(layer.weights[0].shape) == sorted(kernel.shape)


def _holds_rows(layer: Layer, table: Layer) -> bool:
    """Whether a layer stores rows as wide as those of a table."""
    operand = layer.weight("operand") if layer.kind in FUNCTIONS else None
    width = table.weights[0].shape[-1:] if table.weights else ()
    made = operand is not None and operand.presumed and operand.census is Census.TRAINABLE
    return made and operand is not None and operand.shape[-1:] == width and len(operand.shape) > 1
