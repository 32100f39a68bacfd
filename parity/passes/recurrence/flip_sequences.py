"""ONNX's ReverseSequence flips whole sequences if each length is that of the axis: so TensorFlow exports it."""

from dataclasses import replace

from parity.graph import Dim, Layer, LayerGraph
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite

OPERATOR = "onnx.ReverseSequence"


def flip_sequences(graph: LayerGraph) -> LayerGraph:
    """Let a slice with a stride of -1 stand for each of them."""
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        if layer.attributes.get("operator") != OPERATOR or not layer.inputs or len(layer.outputs) != 1:
            continue
        shape, settings = graph.shape(layer.inputs[0]), layer.attributes["settings"]
        axis = settings.get("time_axis", 0)
        size = shape[axis] if shape is not None and type(axis) is int and 0 <= axis < len(shape) else None
        lengths, makers = _lengths(graph, layer)
        if isinstance(size, str):
            length, makers = _asked(graph, layer)
            lengths = {length} if length is not None else set()
        if size is None or lengths != {size}:
            continue
        attributes = {"axes": (axis,), "bounds": ((None, None, -1),)}
        made = replace(layer, kind="slice", attributes=attributes, inputs=layer.inputs[:1], weights=())
        replaced[layer.path] = fuse(made, makers, f"{layer.source} flips whole sequences")
    return rewrite(graph, replaced=replaced)


def _asked(graph: LayerGraph, layer: Layer) -> tuple[Dim, tuple[Layer, ...]]:
    """The size of a value that all lengths are, asked of the value itself, and the layers that do so."""
    makers: list[Layer] = []
    place: int | None = None
    maker = graph.producers.get(layer.inputs[1]) if len(layer.inputs) > 1 and not layer.weights else None
    while maker is not None and maker.kind != "shape_of" and len(maker.inputs) == 1 and not maker.weights:
        makers.append(maker)
        if maker.kind in {"gather", "select"}:
            place = _place(maker) if place is None else None
            if place is None:
                return None, ()
        elif maker.kind not in {"expand", "cast", "reshape", "identity"}:
            return None, ()
        maker = graph.producers.get(maker.inputs[0])
    shape = graph.shape(maker.inputs[0]) if maker is not None and maker.kind == "shape_of" else None
    if maker is None or shape is None or place is None or maker.attributes["function"] != "shape":
        return None, ()
    sizes = shape[maker.attributes["start"] : maker.attributes.get("end")]
    return (sizes[place], (*makers, maker)) if -len(sizes) <= place < len(sizes) else (None, ())


def _place(layer: Layer) -> int | None:
    """Which size of a shape a layer takes, if it takes one."""
    told = layer.attributes
    if told.get("axis", 0) != 0:
        return None
    if layer.kind == "select":
        return told["index"] if type(told["index"]) is int else None
    operands = told.get("operands", ())
    places = operands[1] if told.get("mode") == "take" and len(operands) == 2 else None  # a value and its places
    places = (places,) if type(places) is int else places
    return places[0] if isinstance(places, tuple) and len(places) == 1 and type(places[0]) is int else None


def _lengths(graph: LayerGraph, layer: Layer) -> tuple[set[float | str], tuple[Layer, ...]]:
    """The lengths up to which sequences are turned, and the layers that make them; none where they are not known."""
    told = layer.attributes["settings"].get("sequence_lens")
    if isinstance(told, tuple) and not layer.weights:
        return {*map(float, told)}, ()
    if layer.weights:
        (lengths, *more) = layer.weights
        known = lengths.numbers is not None and not more and len(layer.inputs) == 1
        return ({*map(float, lengths.numbers or ())}, ()) if known else (set(), ())
    maker = graph.producers.get(layer.inputs[1]) if len(layer.inputs) > 1 else None
    if maker is None or maker.inputs or maker.kind not in {"fill", "constant"}:
        return set(), ()
    numbers = (maker.attributes["value"],) if maker.kind == "fill" else maker.attributes["numbers"]
    return {*map(float, numbers)}, (maker,)
