"""States of recurrent layers: what stacks, selects and squeezes them means one layer's state.

``h_n[-1]``, ``h_n.squeeze(0)`` and the last step of a forward layer's sequence are all that layer's last state, and so
is ``h_n`` itself where the next recurrent layer begins with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import RECURRENT, counted, product
from parity.passes._rewrite import rewrite
from parity.passes.windows.forward_slices_of_concats import part_of

TIME = {True: 0, False: 1}


def resolve_states(graph: LayerGraph) -> LayerGraph:
    """Let the state stand for what only undoes its stacking; repeated until nothing changes."""
    while True:
        aliases, replaced = {}, {}
        for layer in graph.layers:
            meant = _meaning(graph, layer)
            if meant is not None:
                aliases[layer.outputs[0]] = meant
                continue
            written = _given_alone(graph, layer) or _taken_as_range(graph, layer) or _before_turn(graph, layer)
            written = written or _side_by_side(graph, layer) or _of_direction(graph, layer)
            if written is not None:
                replaced[layer.path] = written
        if not aliases and not replaced:
            return graph
        dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
        graph = rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _side_by_side(graph: LayerGraph, layer: Layer) -> Layer | None:
    """A reshape that puts the sequences of two directions side by side is a concatenation of their units."""
    ways = _directions(graph, layer)
    return replace(layer, kind="concat", attributes={"axis": -1}, inputs=ways) if len(ways) > 1 else None


def _given_alone(graph: LayerGraph, layer: Layer) -> Layer | None:
    """A recurrent layer given its states without the axis of one for layers and directions."""
    if layer.kind not in RECURRENT:
        return None
    makers = [graph.producers.get(value) for value in layer.inputs[1:]]
    stacks = [maker is not None and maker.kind == "stack_axis" and maker.attributes["axis"] == 0 for maker in makers]
    states = zip(layer.inputs[1:], makers, stacks, strict=True)
    alone = [maker.inputs[0] if maker is not None and stacked else value for value, maker, stacked in states]
    return replace(layer, inputs=(*layer.inputs[:1], *alone)) if any(stacks) else None


def _before_turn(graph: LayerGraph, layer: Layer) -> Layer | None:
    """A selection of the last step of a recurrent layer's turned sequence, if what is left keeps its order."""
    maker = graph.producers.get(layer.inputs[0]) if layer.kind == "select" and len(layer.inputs) == 1 else None
    axis = layer.attributes["axis"] if maker is not None else None
    if maker is None or maker.kind != "permute" or not maker.inputs or not isinstance(axis, int):
        return None
    turned = graph.producers.get(maker.inputs[0])
    if turned is None or turned.kind not in RECURRENT:
        return None
    order = list(maker.attributes["order"])
    axis = order.pop(axis)
    if order != sorted(order):
        return None
    before = replace(layer, attributes={**layer.attributes, "axis": axis}, inputs=maker.inputs)
    return before if _last_step(graph, before, turned) is not None else None


def _of_direction(graph: LayerGraph, layer: Layer) -> Layer | None:
    """The units of one direction, cut out of a step of both, are that step of this direction's sequence."""
    step = graph.producers.get(layer.inputs[0]) if layer.kind == "slice" and len(layer.inputs) == 1 else None
    if step is None or step.kind != "select" or len(step.inputs) != 1:
        return None
    both = graph.producers.get(step.inputs[0])
    shape = graph.shape(both.outputs[0]) if both is not None and both.kind == "concat" else None
    if both is None or shape is None or len(layer.attributes["axes"]) != 1:
        return None
    makers = [graph.producers.get(value) for value in both.inputs]
    if not all(maker is not None and maker.kind in RECURRENT for maker in makers):
        return None
    taken, cut = step.attributes["axis"] % len(shape), layer.attributes["axes"][0] % (len(shape) - 1)
    axes = (cut + (cut >= taken),)
    found = part_of(graph, both, replace(layer, attributes={**layer.attributes, "axes": axes}))
    return None if found is None else replace(layer, kind="select", attributes=step.attributes, inputs=(found,))


def _meaning(graph: LayerGraph, layer: Layer) -> str | None:
    maker = graph.producers.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
    meaning = MEANINGS.get((layer.kind, maker.kind)) if maker is not None else None
    return meaning(graph, layer, maker) if meaning is not None and maker is not None else None


def _directions(graph: LayerGraph, layer: Layer) -> tuple[str, ...]:
    """The sequences of the directions that a reshape puts side by side; ONNX stacks them along an axis of their own."""
    made = graph.producers.get(layer.inputs[0]) if layer.kind == "reshape" and layer.inputs else None
    before, after = (graph.shape(value) for value in (layer.inputs[0], layer.outputs[0])) if made else (None, None)
    if made is None or before is None or after is None or len(before) != 4 or before[:2] != after[:2]:
        return ()
    if len(after) != 3 or after[2] != product(before[2:]):
        return ()
    axis = 2
    if made.kind == "permute":
        if made.attributes["order"] != (0, 2, 1, 3) or not made.inputs:
            return ()
        axis, made = 1, graph.producers.get(made.inputs[0])
    parts = [made] if made is None or made.kind != "concat" else [graph.producers.get(each) for each in made.inputs]
    if made is None or (made.kind == "concat" and made.attributes["axis"] != axis):
        return ()
    if not all(part is not None and part.kind == "stack_axis" and part.attributes["axis"] == axis for part in parts):
        return ()
    return tuple(part.inputs[0] for part in parts if part is not None)


def _unstacked(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    axis = maker.attributes["axis"]
    if layer.kind == "select":
        return maker.inputs[0] if layer.attributes["axis"] == axis and layer.attributes["index"] in {0, -1} else None
    before, after = graph.shape(maker.inputs[0]), graph.shape(layer.outputs[0])
    return maker.inputs[0] if before is not None and before == after else None


def _unstacked_shape(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    """What is given an axis of one, of which the only place is taken."""
    if len(maker.inputs) != 1:
        return None
    before, between, after = (graph.shape(value) for value in (*maker.inputs, layer.inputs[0], layer.outputs[0]))
    axis = layer.attributes["axis"]
    if (
        before is None
        or between is None
        or before != after
        or maker.weights
        or not -len(between) <= axis < len(between)
    ):
        return None
    axis %= len(between)
    return maker.inputs[0] if between[axis] == 1 and between[:axis] + between[axis + 1 :] == before else None


def _selected(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    axis, index = maker.attributes["axis"], layer.attributes["index"]
    if layer.attributes["axis"] != axis:
        return None
    states = _stacked(graph, maker, axis)
    return states[index] if -len(states) <= index < len(states) else None


def _stacked(graph: LayerGraph, maker: Layer, axis: int) -> list[str]:
    """The states that a concatenation, or one of several, puts side by side; [] where some part is anything else."""
    found: list[str] = []
    waiting: list[Layer | None] = [maker]
    while waiting:
        each = waiting.pop()
        if each is None or each.attributes.get("axis") != axis:
            return []
        if each.kind == "stack_axis":
            found.append(each.inputs[0])
        elif each.kind == "concat":
            waiting += [graph.producers.get(value) for value in reversed(each.inputs)]
        else:
            return []
    return found


def _last_step(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    if layer.inputs[0] != maker.outputs[0] or layer.attributes["axis"] != TIME[maker.attributes["time_major"]]:
        return None
    shape, index = graph.shape(layer.inputs[0]), layer.attributes["index"]
    steps = shape[layer.attributes["axis"]] if shape is not None else None
    backwards = maker.attributes["reverse"] and not maker.attributes.get("flipped")
    last = {0} if backwards else {-1, steps - 1 if isinstance(steps, int) else -1}
    return maker.outputs[1] if index in last and len(maker.outputs) > 1 else None


def _taken_as_range(graph: LayerGraph, layer: Layer) -> Layer | None:
    """One place of an axis, taken as a range of one of which the axis is dropped then, as old exports do."""
    maker = graph.producers.get(layer.inputs[0]) if layer.kind in {"reshape", "flatten"} and layer.inputs else None
    if maker is None or maker.kind != "slice" or len(maker.inputs) != 1 or maker.weights or layer.weights:
        return None
    bounds, shapes = maker.attributes["bounds"], [graph.shape(value) for value in (*maker.inputs, layer.inputs[0])]
    before, between = shapes
    if len(bounds) != 1 or before is None or between is None:
        return None
    axis, (start, _, step) = maker.attributes["axes"][0] % len(between), bounds[0]
    rest = between[:axis] + between[axis + 1 :]
    one = between[axis] == 1 and step in {1, None} and isinstance(start, int)
    if not one or rest != graph.shape(layer.outputs[0]):
        return None
    attributes = {"axis": axis, "index": counted(start, before, axis)}
    return replace(layer, kind="select", attributes=attributes, inputs=maker.inputs)


def _one_direction(graph: LayerGraph, layer: Layer, _: Layer) -> str | None:
    ways = _directions(graph, layer)
    return ways[0] if len(ways) == 1 else None


MEANINGS: Mapping[tuple[str, str], Callable[[LayerGraph, Layer, Layer], str | None]] = {
    ("select", "stack_axis"): _unstacked,
    ("reshape", "stack_axis"): _unstacked,
    ("reshape", "permute"): _one_direction,
    ("select", "concat"): _selected,
    ("select", "reshape"): _unstacked_shape,
    **{("select", recurrent): _last_step for recurrent in sorted(RECURRENT)},
}
"""What a layer after another may mean, by their kinds."""
