"""Queries and keys whose features are in the same other order make the same scores, and are taken as they were before.

KerasHub's Gemma turns the first half of each head with the second one, as others do, and puts the elements of both
halves in turn then. A product sums over them in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parity.graph import Layer, LayerGraph, Value
from parity.passes._rewrite import joined, merge_notes, rewrite


@dataclass(frozen=True)
class _InTurn:
    """A value whose features are those of pieces of another one, in turn.

    Attributes:
        source: the other value.
        pieces: how many there are.
        turn: what turns it for attention, if anything does.
        last: what puts the features in turn.
    """

    source: str
    pieces: int
    turn: Layer | None
    last: Layer


def eliminate_feature_orders(graph: LayerGraph) -> LayerGraph:
    """Give attention the queries and keys without an order of features that both have."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        plain = layer.kind == "attention" and not layer.weights and layer.attributes.get("score") == "dot"
        if not plain or len(layer.inputs) < 3:
            continue
        query, key = (_in_turn(graph, value) for value in layer.inputs[:2])
        if query is None or key is None or query.pieces != key.pieces:
            continue
        taken = []
        for at, each in enumerate((query, key)):
            name = each.source
            if each.turn is not None:
                name, shape = f"{layer.path}:{at}-in-order", graph.shape(each.source) or ()
                values[name] = Value(tuple(shape[axis] for axis in each.turn.attributes["order"]), None)
                turn = replace(each.turn, path=name, inputs=(each.source,), outputs=(name,))
                before[layer.path] = (*before.get(layer.path, ()), turn)
            taken.append(name)
        notes = merge_notes(layer, query.last, f"{query.last.source} puts features of queries and keys in one order")
        made = replace(layer, inputs=(*taken, *layer.inputs[2:]), sources=joined(layer, query.last), notes=notes)
        replaced[layer.path] = made
    return rewrite(graph, replaced=replaced, before=before, values=values)


def _in_turn(graph: LayerGraph, value: str) -> _InTurn | None:
    """What a value has the features of in turn; None where it has them in an order of its own."""
    last = graph.producers.get(value)
    turn = last if last is not None and last.kind == "permute" and last.inputs else None
    if turn is not None:
        order = turn.attributes["order"]
        last = graph.producers.get(turn.inputs[0]) if order[-1] == len(order) - 1 else None
    whole = _only(graph, last, "reshape")
    if last is None or whole is None or whole.kind != "concat" or whole.weights:
        return None
    shape, axis = graph.shape(whole.outputs[0]), whole.attributes["axis"]
    if not shape or axis % len(shape) != len(shape) - 1:
        return None
    pieces = [_piece(graph, each) for each in whole.inputs]
    known = [each for each in pieces if each is not None]
    if len(known) < len(pieces) or not _cover(graph, known) or graph.shape(last.outputs[0]) != graph.shape(known[0][0]):
        return None
    return _InTurn(known[0][0], len(known), turn, last)


def _only(graph: LayerGraph, layer: Layer | None, kind: str) -> Layer | None:
    """What makes the only input of a layer of a kind without weights and without an order of its own."""
    plain = layer is not None and layer.kind == kind and len(layer.inputs) == 1 and not layer.weights
    if layer is None or not plain or layer.attributes.get("order") is not None:
        return None
    return graph.producers.get(layer.inputs[0])


def _piece(graph: LayerGraph, value: str) -> tuple[str, tuple[int, int | None]] | None:
    """Which features of which value one is, that has got a last axis of one element."""
    added = graph.producers.get(value)
    cut = _only(graph, added, "reshape")
    if cut is None or cut.kind != "slice" or len(cut.inputs) != 1 or cut.weights:
        return None
    shape, axes, bounds = graph.shape(cut.outputs[0]), cut.attributes["axes"], cut.attributes["bounds"]
    if shape is None or graph.shape(value) != (*shape, 1) or axes not in {(len(shape) - 1,), (-1,)}:
        return None
    ((start, stop, step),) = bounds
    return (cut.inputs[0], (start, stop)) if step == 1 else None


def _cover(graph: LayerGraph, pieces: Sequence[tuple[str, tuple[int, int | None]]]) -> bool:
    """Whether pieces of one size are all of one value, one after the other."""
    source, shape = pieces[0][0], graph.shape(pieces[0][0])
    width = shape[-1] if shape else None
    if not isinstance(width, int) or width % len(pieces) or any(each != source for each, _ in pieces):
        return False
    size = width // len(pieces)
    ends = [(start, width if stop is None else stop) for _, (start, stop) in pieces]
    return ends == [(at * size, (at + 1) * size) for at in range(len(pieces))]
