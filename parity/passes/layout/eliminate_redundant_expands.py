"""What is repeated along an axis only to meet a tensor that has it need not be: arithmetic repeats it by itself.

Keras' layers bring positions to the shape of the words that they are added to; other models add one row to all.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite


def eliminate_redundant_expands(graph: LayerGraph) -> LayerGraph:
    """Let arithmetic take what was expanded for it, with axes of one element in front where it has fewer."""
    replaced, aliases, values = dict[str, Layer](), dict[str, str](), dict[str, Value]()
    for layer in graph.layers:
        small = _unrepeated(graph, layer)
        if small is None:
            continue
        (before,), (after,) = layer.inputs, layer.outputs
        if graph.shape(before) == small:
            aliases[after] = before
            continue
        replaced[layer.path] = replace(layer, kind="reshape", attributes=reshaped(graph.shape(before) or (), small))
        values[after] = replace(graph.values[after], shape=small, axes=None)
    dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped, values=values)


def _unrepeated(graph: LayerGraph, layer: Layer) -> Shape | None:
    """The shape of what an expansion repeats, where all that uses it repeats it anyway; None for any other layer."""
    if layer.kind != "expand" or len(layer.inputs) != 1 or layer.weights or "operands" in layer.attributes:
        return None
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    users = graph.consumers.get(layer.outputs[0], ())
    if before is None or after is None or len(before) > len(after) or layer.outputs[0] in graph.outputs:
        return None
    repeated = all(_repeats(graph, user, layer.outputs[0], after) for user in users)
    small = (*(1 for _ in range(len(after) - len(before))), *before)
    return small if users and repeated and small != after else None


def _repeats(graph: LayerGraph, user: Layer, value: str, shape: Shape) -> bool:
    """Whether a layer computes element by element with another value that has the shape already."""
    if user.kind != "elementwise" or user.weights or {"operands", "operand"} & {*user.attributes}:
        return False
    rest = [each for each in user.inputs if each != value]
    return graph.shape(user.outputs[0]) == shape and any(graph.shape(each) == shape for each in rest)
