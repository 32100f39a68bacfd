"""States of recurrent layers: what stacks, selects and squeezes them means one layer's state.

``h_n[-1]``, ``h_n.squeeze(0)`` and the last step of a forward layer's sequence are all that layer's last state.
"""

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import rewrite

TIME = {True: 0, False: 1}


def resolve_states(graph: LayerGraph) -> LayerGraph:
    """Let the state stand for what only undoes its stacking; repeated until nothing changes."""
    while True:
        aliases = {}
        for layer in graph.layers:
            meant = _meaning(graph, layer)
            if meant is not None:
                aliases[layer.outputs[0]] = meant
        if not aliases:
            return graph
        dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
        graph = rewrite(graph, aliases=aliases, dropped=dropped)


def _meaning(graph: LayerGraph, layer: Layer) -> str | None:
    if layer.kind not in {"select", "reshape"} or len(layer.inputs) != 1:
        return None
    maker = graph.producers.get(layer.inputs[0])
    if maker is None:
        return None
    if maker.kind == "stack_axis":
        return _unstacked(graph, layer, maker)
    if layer.kind == "select" and maker.kind == "concat":
        return _selected(graph, layer, maker)
    if layer.kind == "select" and maker.kind == "lstm":
        return _last_step(graph, layer, maker)
    return None


def _unstacked(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    axis = maker.attributes["axis"]
    if layer.kind == "select":
        return maker.inputs[0] if layer.attributes["axis"] == axis and layer.attributes["index"] in {0, -1} else None
    before, after = graph.shape(maker.inputs[0]), graph.shape(layer.outputs[0])
    return maker.inputs[0] if before is not None and before == after else None


def _selected(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    parts = [graph.producers.get(value) for value in maker.inputs]
    axis, index = maker.attributes["axis"], layer.attributes["index"]
    if layer.attributes["axis"] != axis or not -len(parts) <= index < len(parts):
        return None
    part = parts[index]
    if part is None or any(each is None or each.kind != "stack_axis" for each in parts):
        return None
    return part.inputs[0] if part.attributes["axis"] == axis else None


def _last_step(graph: LayerGraph, layer: Layer, maker: Layer) -> str | None:
    if layer.inputs[0] != maker.outputs[0] or layer.attributes["axis"] != TIME[maker.attributes["time_major"]]:
        return None
    shape, index = graph.shape(layer.inputs[0]), layer.attributes["index"]
    steps = shape[layer.attributes["axis"]] if shape is not None else None
    last = {0} if maker.attributes["reverse"] else {-1, steps - 1 if isinstance(steps, int) else -1}
    return maker.outputs[1] if index in last and len(maker.outputs) > 1 else None
