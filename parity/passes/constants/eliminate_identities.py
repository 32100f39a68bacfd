"""Layers that pass their input on unchanged go: identities, Flatten, Reshape or padding of nothing, idle stops.

A stop of gradients is idle where nothing that could be trained comes before it. A permutation or reshape that undoes
those before it goes with them, before layers around them take either in.
"""

from collections.abc import Callable, Mapping

from parity.graph import Census, Evidence, Layer, LayerGraph, Shape
from parity.kinds import WHOLE_NUMBER
from parity.passes._rewrite import rewrite

STOP = "gradient_stop"

ARITHMETIC = {"elementwise", "tile"}

OF_ANY_NUMBER = {"add", "average", "maximum", "minimum"}
"""Functions of any number of tensors, which give a single one as it is."""

NEUTRAL = {"add": 0, "divide": 1, "multiply": 1, "power": 1, "subtract": 0}
"""Second operands that change nothing."""

ORDERS = {"permute": "order", "reshape": "sizes", "flatten": "sizes"}
"""Kinds that give all elements again, and what of them they change."""

LEARNED = {Census.TRAINABLE, Census.UNKNOWN}


def eliminate_identities(graph: LayerGraph) -> LayerGraph:
    """Let the input of every identity stand for its output."""
    trained = _trained(graph)
    given = _of_inputs(graph)
    found = [layer for layer in graph.layers if _changes_nothing(graph, layer, given) or _is_idle(layer, trained)]
    aliases = {layer.outputs[0]: layer.inputs[0] for layer in found if layer.outputs}
    undone = {layer.path: value for layer in graph.layers if (value := _brought_back(graph, layer)) is not None}
    aliases |= {layer.outputs[0]: undone[layer.path] for layer in graph.layers if layer.path in undone}
    return rewrite(graph, aliases=aliases, dropped={*undone, *(layer.path for layer in found)})


def _brought_back(graph: LayerGraph, layer: Layer) -> str | None:
    """The value that a layer gives back, since it undoes what the permutations or reshapes before it did."""
    way, after = _way(layer), graph.shape(layer.outputs[0]) if layer.outputs else None
    if way is None:
        return None
    order = layer.attributes["order"] if way == "order" else ()
    maker = graph.producers.get(layer.inputs[0])
    while maker is not None and _way(maker) == way:
        value = maker.inputs[0]
        order = tuple(maker.attributes["order"][at] for at in order)
        if way == "sizes" and _are_sizes_of(after, graph.shape(value)):
            return value
        if way == "order" and order == tuple(range(len(order))):
            return value
        maker = graph.producers.get(value)
    return None


def _are_sizes_of(after: Shape | None, before: Shape | None) -> bool:
    """Whether as many elements as before have the sizes of before; one that is free then is what it was."""
    return after is not None and after == before and sum(not isinstance(size, int) for size in after) <= 1


def _way(layer: Layer) -> str | None:
    """What a layer changes that gives all elements again: the order of its axes, or their sizes; None for another."""
    one = len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights and "operands" not in layer.attributes
    turned = layer.kind == "flatten" and layer.attributes.get("order")
    return ORDERS.get(layer.kind) if one and not turned else None


def _trained(graph: LayerGraph) -> set[str]:
    """The values that depend on weights which training changes, where it matters."""
    if not any(layer.kind == STOP for layer in graph.layers):
        return set()
    found: set[str] = set()
    for layer in graph.layers:
        if found.intersection(layer.inputs) or any(weight.census in LEARNED for weight in layer.weights):
            found.update(layer.outputs)
    return found


def _is_idle(layer: Layer, trained: set[str]) -> bool:
    return layer.kind == STOP and len(layer.outputs) == 1 and not trained.intersection(layer.inputs)


def _changes_nothing(graph: LayerGraph, layer: Layer, given: frozenset[str]) -> bool:
    if layer.kind == "identity" and graph.evidence is not Evidence.GRAPH:
        return not layer.weights
    if layer.weights or len(layer.outputs) != 1 or not layer.inputs:
        return False
    if layer.kind == "identity":
        return True
    if len(layer.inputs) > 1 or layer.kind not in IDLE or _changes_rank(graph, layer):
        return False
    changes = not IDLE[layer.kind](graph, layer)
    # What is computed of positions and of stored tensors is read, and told by exporters, as it is written.
    return not changes and (layer.kind not in ARITHMETIC or layer.inputs[0] in given)


def _changes_rank(graph: LayerGraph, layer: Layer) -> bool:
    """Whether the axes that come out are more or fewer, as is known: of one element, but an output has them."""
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    return before is not None and after is not None and len(before) != len(after)


def _of_inputs(graph: LayerGraph) -> frozenset[str]:
    """The values of real numbers that are computed of what the model is given; none where nobody asks."""
    if not any(layer.kind in ARITHMETIC for layer in graph.layers):
        return frozenset()
    found = {value for layer in graph.layers if layer.kind == "input" for value in layer.outputs}
    for layer in graph.layers:
        if not found.isdisjoint(layer.inputs):
            found.update(layer.outputs)
    return frozenset(value for value in found if not (graph.values[value].dtype or "").startswith(("int", "uint")))


def _is_whole(_: LayerGraph, layer: Layer) -> bool:
    """Whether one tensor is put beside no other."""
    return not layer.attributes.get("operands")


def _keeps_type(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a cast gives the type that comes in, or one that what takes it makes of any: truth values, whole numbers.

    Keras looks up the whole part of the real numbers that an input without a type takes.
    """
    given, made, to = graph.values.get(layer.inputs[0]), layer.outputs[0], layer.attributes["to"]
    users = graph.consumers.get(made, ())
    logical = to == "bool" and all(str(user.attributes.get("function")).startswith("logical_") for user in users)
    looked_up = to == WHOLE_NUMBER and all(user.kind == "embedding" for user in users)
    asked = (logical or looked_up) and users and made not in graph.outputs
    return bool(asked) or (given is not None and given.dtype == to)


def _drops_nothing(_: LayerGraph, layer: Layer) -> bool:
    return layer.attributes["rate"] == 0 and not layer.attributes.get("always")


def _pads_nothing(_: LayerGraph, layer: Layer) -> bool:
    return not any(map(any, layer.attributes["amounts"]))


def _looks_at_each(_: LayerGraph, layer: Layer) -> bool:
    """Whether a pooling window is one position, and goes to each of them."""
    given = layer.attributes
    windows = {*given.get("pool_size", (0,)), *given.get("strides", (0,))}
    return windows == {1} and not any(map(any, given.get("padding", ((1, 1),)))) and len(layer.outputs) == 1


def _rolls_round(graph: LayerGraph, layer: Layer) -> bool:
    """Whether each axis is rolled as often round as brings its elements back."""
    shape, axes, shifts = graph.shape(layer.inputs[0]), layer.attributes["axes"], layer.attributes["shifts"]
    if shape is None or not isinstance(axes, tuple) or not isinstance(shifts, tuple) or len(axes) != len(shifts):
        return False
    sizes = [shape[axis] if -len(shape) <= axis < len(shape) else None for axis in axes]
    return all(isinstance(size, int) and size and not by % size for size, by in zip(sizes, shifts, strict=True))


def _is_one_copy(_: LayerGraph, layer: Layer) -> bool:
    return set(layer.attributes["repeats"]) == {1}


def _is_neutral(graph: LayerGraph, layer: Layer) -> bool:
    """Whether it is a sum or extremum of one tensor alone, or of it and a number that changes nothing.

    Arrays of such numbers stay: the other side may store them, as masks of ones, or have computed with them beforehand.
    """
    function, operand = layer.attributes["function"], layer.attributes.get("operand")
    if operand is None:
        return function in OF_ANY_NUMBER and "operands" not in layer.attributes
    if not isinstance(operand, int | float) or layer.attributes.get("operand_first") or function not in NEUTRAL:
        return False
    return operand == NEUTRAL[function] and graph.shape(layer.inputs[0]) == graph.shape(layer.outputs[0]) is not None


def _keeps_shape(graph: LayerGraph, layer: Layer) -> bool:
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    return before is not None and after is not None and _same(layer, before, after)


def _same(layer: Layer, before: Shape, after: Shape) -> bool:
    if layer.kind == "flatten":
        return len(before) == 2
    if layer.kind == "permute":
        return bool(layer.attributes["order"] == tuple(range(len(before))))
    return before == after and all(isinstance(size, int) for size in before[1:])


IDLE: Mapping[str, Callable[[LayerGraph, Layer], bool]] = {
    "cast": _keeps_type,
    "dropout": _drops_nothing,
    "concat": _is_whole,
    "elementwise": _is_neutral,
    "pad": _pads_nothing,
    **dict.fromkeys(("average_pool", "max_pool"), _looks_at_each),
    "roll": _rolls_round,
    "tile": _is_one_copy,
    **dict.fromkeys(("expand", "flatten", "permute", "reshape"), _keeps_shape),
}
"""Kinds that may change nothing, and how to tell that they do not."""
