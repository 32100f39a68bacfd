"""Transpositions between layouts go: what lies between two of them works in the other layout itself.

Exporters put a transposition where a model of one layout meets operators of the other. Values that layers without an
order of their own join (convolutions, activations, poolings, sums) make up a part of the graph. A part whose layers can
all work in the order that a transposition at its end makes or undoes is turned to it, and the transposition goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from parity.graph import Layer, LayerGraph, Note, Undone, Value
from parity.passes._rewrite import rewrite
from parity.passes.layout.sort_batch_axes import keeps_places
from parity.rearrange.relaid import Order, Values, inverse, joined_values, relaid, relaid_shape


def eliminate_transposes(graph: LayerGraph) -> LayerGraph:
    """Turn parts of the graph until that saves no transposition; each round saves one at least."""
    while any(_is_transposition(layer) for layer in graph.layers):
        turned = _round(graph)
        if turned is graph:
            break
        graph = turned
    return graph


def _is_transposition(layer: Layer) -> bool:
    plain = layer.kind == "permute" and not layer.weights and len(layer.inputs) == len(layer.outputs) == 1
    return plain and layer.attributes["order"] != tuple(range(len(layer.attributes["order"])))


@dataclass
class _Part:
    """Values that have their axes in one order, and the layers at or between them.

    Attributes:
        saves: the transpositions at its ends by the order of the part that saves them.
    """

    values: list[str] = field(default_factory=list)
    layers: dict[str, Layer] = field(default_factory=dict)
    saves: dict[Order, list[Layer]] = field(default_factory=dict)
    fixed: bool = False


def _round(graph: LayerGraph) -> LayerGraph:
    """Turn the parts that can be, no two of them that share a layer."""
    replaced: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    values: dict[str, Value] = {}
    touched: set[str] = set()
    for part in _parts(graph):
        if touched.intersection(part.layers):
            continue
        order, layers = _turned(graph, part)
        if order is None:
            continue
        touched.update(part.layers)
        replaced |= layers
        for name in part.values:
            values[name] = _relaid_value(graph.values[name], order)
        for layer in part.saves[order]:
            aliases[layer.outputs[0]] = layer.inputs[0]
    dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
    done = rewrite(graph, replaced=_noted(graph, replaced, aliases), aliases=aliases, dropped=dropped)
    return done if done is graph else replace(done, values={**graph.values, **values})


def _relaid_value(value: Value, order: Order) -> Value:
    axes = tuple(value.axes[at] for at in order) if value.axes is not None else None
    return replace(value, shape=relaid_shape(value.shape or (), order), axes=axes)


def _noted(graph: LayerGraph, replaced: dict[str, Layer], aliases: dict[str, str]) -> dict[str, Layer]:
    """The layers around each transposition that goes, with a note of it: that after it, or else that before it."""
    noted = dict(replaced)
    for output, value in aliases.items():
        gone = graph.producers[output]
        near = (*graph.consumers.get(output, ()), *filter(None, (graph.producers.get(value),)))
        kept = next((layer for layer in near if layer.outputs and layer.outputs[0] not in aliases), None)
        if kept is not None and gone.source != kept.source:
            found = noted.get(kept.path, kept)
            noted[kept.path] = replace(
                found, notes=(*found.notes, Note(Undone.LAYOUT, f"{gone.source} only changes the layout"))
            )
    return noted


def _turned(graph: LayerGraph, part: _Part) -> tuple[Order | None, dict[str, Layer]]:
    """The order that saves the most transpositions, and the layers in it; None where none can be saved."""
    inside = frozenset(part.values)
    for order, _ in sorted(part.saves.items(), key=lambda pair: -len(pair[1])) if not part.fixed else ():
        layers: dict[str, Layer] = {}
        for path, layer in part.layers.items():
            made = _reordered(layer, order, inside) if _is_transposition(layer) else relaid(graph, layer, order, inside)
            if made is None or (_is_transposition(layer) and _disorders(graph, layer, made)):
                break
            layers[path] = made
        else:
            return order, layers
    return None, {}


def _reordered(layer: Layer, order: Order, inside: Values) -> Layer:
    """A transposition one or both of whose ends are turned."""
    made: Order = layer.attributes["order"]
    if layer.inputs[0] in inside:
        back = inverse(order)
        made = tuple(back[at] for at in made)
    if layer.outputs[0] in inside:
        made = tuple(made[at] for at in order)
    return replace(layer, attributes={**layer.attributes, "order": made})


def _disorders(graph: LayerGraph, layer: Layer, made: Layer) -> bool:
    """Whether a transposition before dense layers would no longer leave the axes before the last one in order.

    That is what ``sort_batch_axes`` moves behind these layers, where it would be saved again, and so for ever.
    """
    before, after = layer.attributes["order"][:-1], made.attributes["order"][:-1]
    users = graph.consumers.get(layer.outputs[0], ())
    return before == tuple(sorted(before)) and after != tuple(sorted(after)) and all(map(keeps_places, users))


def _parts(graph: LayerGraph) -> Iterator[_Part]:
    """Every part that has a transposition at an end, in graph order."""
    joined = _Joined()
    kept = {layer.path: joined_values(graph, layer) for layer in graph.layers}
    for values in kept.values():
        joined.join(values or ())
    parts: dict[str, _Part] = {}
    for layer in graph.layers:
        both = [parts.setdefault(joined.root(value), _Part()) for value in (*layer.inputs, *layer.outputs)]
        transposes = _is_transposition(layer)
        for part, value in zip(both, (*layer.inputs, *layer.outputs), strict=True):
            part.layers[layer.path] = layer
            part.fixed |= not transposes and kept[layer.path] is None
            shape = graph.shape(value)
            part.fixed |= shape is None or (transposes and len(shape) != len(layer.attributes["order"]))
        if transposes and both[0] is not both[-1] and None not in map(graph.shape, (*layer.inputs, *layer.outputs)):
            order = layer.attributes["order"]
            both[0].saves.setdefault(order, []).append(layer)
            both[-1].saves.setdefault(inverse(order), []).append(layer)
    for value in (*graph.inputs, *graph.outputs):
        parts.setdefault(joined.root(value), _Part()).fixed = True
    members: dict[str, list[str]] = {}
    for value in graph.values:
        members.setdefault(joined.root(value), []).append(value)
    for root, part in parts.items():
        part.values = members.get(root, [])
        if part.saves:
            yield part


class _Joined:
    """Values in classes that grow together."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def root(self, value: str) -> str:
        """The representative of a value's class."""
        while (above := self.parent.get(value, value)) != value:
            self.parent[value] = self.parent.get(above, above)
            value = above
        return value

    def join(self, values: tuple[str, ...]) -> None:
        """Make one class of the values' classes."""
        for value in values[1:]:
            self.parent[self.root(value)] = self.root(values[0])
