"""The layers that only one side has, where they would stand on the other, and what there could stand for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parity.comparison._contract import View, foreign
from parity.comparison._pieces import pieces
from parity.graph import Layer, LayerGraph, Unknown
from parity.rearrange import rearranges

OWN_PLACE = {"input", "unused"}
"""Kinds that no other layer can stand for."""


DEEP = 16
"""So far the layers are followed that work for others."""

POINTWISE = {"activation", "cast", "dropout", "elementwise", "identity"}
"""Kinds that do something to each element for itself."""

SIZED = {"flatten", "reshape", "expand"}
"""Kinds that may change nothing."""


@dataclass(frozen=True)
class Holes:
    """The layers of one side that have no counterpart.

    Attributes:
        places: for each the counterpart of the nearest aligned layer before it.
        after: for each the counterpart of the nearest aligned layer after it.
        strange: by place, as a path of this side, the first operator that is not supported.
        fed: for each that works on the result of such an operator, that operator.
        feeding: for each whose result only such operators use, the first of them.
        beside: for each that is in one piece with such an operator, the first of them.
    """

    of_left: bool
    layers: Sequence[Layer]
    places: Mapping[str, Layer]
    after: Mapping[str, Layer]
    strange: Mapping[str, Layer]
    fed: Mapping[str, Layer]
    feeding: Mapping[str, Layer]
    beside: Mapping[str, Layer]


def holes(view: View, layers: Sequence[Layer], *, of_left: bool) -> Holes:
    """Find the places of layers that have no counterpart, in time linear in the graph."""
    graph = view.left if of_left else view.right
    places = _before(view, graph, of_left=of_left) if layers else {}
    after = _after(view, graph, of_left=of_left) if layers else {}
    strange: dict[str, Layer] = {}
    for layer in layers:
        if layer.kind == "opaque":
            strange.setdefault(_own(view, places.get(layer.path), of_left=of_left), layer)
    fed, feeding = _fed(graph, layers), _feeding(graph, layers)
    return Holes(of_left, layers, places, after, strange, fed, feeding, _beside(graph, layers))


def _fed(graph: LayerGraph, layers: Sequence[Layer]) -> dict[str, Layer]:
    """Each layer that works on what an unsupported operator gives, with that operator.

    Layers that do something to each element for itself leave the axes as that operator gives them, whether or not they
    have a counterpart: what turns them again is told nothing of by this.
    """
    alone = {layer.path for layer in layers}
    fed: dict[str, Layer] = {}
    through: dict[str, Layer] = {}
    for layer in graph.layers if alone else ():
        makers = [maker for value in layer.inputs if (maker := graph.producers.get(value)) is not None]
        strange = [maker for maker in makers if maker.path in alone and maker.kind == "opaque"]
        sources = [*strange, *(fed[maker.path] for maker in makers if maker.path in fed)]
        passed = [through[maker.path] for maker in makers if maker.path in through]
        if layer.path not in alone:
            if layer.kind in POINTWISE and (sources or passed):
                through[layer.path] = [*sources, *passed][0]
        elif sources or (passed and rearranges(layer, flat=True)):
            fed[layer.path] = [*sources, *passed][0]
    return fed


def _feeding(graph: LayerGraph, layers: Sequence[Layer]) -> dict[str, Layer]:
    alone = {layer.path for layer in layers}
    feeding: dict[str, Layer] = {}
    for layer in reversed(graph.layers) if alone else ():
        if layer.path not in alone or any(value in graph.outputs for value in layer.outputs):
            continue
        users = [user for value in layer.outputs for user in graph.consumers.get(value, ())]
        strange = [user if user.kind == "opaque" and user.path in alone else feeding.get(user.path) for user in users]
        if strange and strange[0] is not None and None not in strange:
            feeding[layer.path] = strange[0]
    return feeding


def _beside(graph: LayerGraph, layers: Sequence[Layer]) -> dict[str, Layer]:
    found: dict[str, Layer] = {}
    for piece in pieces(graph, {layer.path: layer for layer in layers}):
        strange = next((layer for layer in piece if layer.kind == "opaque"), None)
        if strange is not None:
            found |= {layer.path: strange for layer in piece}
    return found


def covered(view: View, layer: Layer, side: Holes, other: Holes) -> Unknown | None:
    """Why it cannot be said that the other side lacks what a layer does.

    An operator that is not supported can stand for anything, and what is at its position on the other side can be it.
    """
    if layer.kind == "opaque":
        return Unknown("this operator is not supported, so its counterpart on the other side is not known")
    if layer.kind in OWN_PLACE:
        return None
    return _around(view, layer, side) or _in_its_place(view, layer, side, other) or _for_such(view, layer, side, other)


def _for_such(view: View, layer: Layer, side: Holes, other: Holes, depth: int = DEEP) -> Unknown | None:
    """The operator that can do what all the layers do that a layer works for which computes nothing with weights.

    One that hands on what is stored is an operand of those.
    """
    graph = view.left if side.of_left else view.right
    users = [user for value in layer.outputs for user in graph.consumers.get(value, ())]
    last = any(value in graph.outputs for value in layer.outputs)
    if (layer.weights and layer.inputs) or not users or last or not depth or not other.strange:
        return None
    found = None
    for user in users:
        if view.counterpart(user, of_left=side.of_left) is not None or user.kind in OWN_PLACE:
            return None
        found = _in_its_place(view, user, side, other) or _for_such(view, user, side, other, depth - 1)
        if found is None:
            return None
    return found


def _around(view: View, layer: Layer, side: Holes) -> Unknown | None:
    """Why it says little that a layer is there: what comes in, or what it is for, is not known.

    One that works on something with weights of its own is there, whatever uses it; one that only hands on what is
    stored is an operand of what it works for.
    """
    graph = view.left if side.of_left else view.right
    if layer.weights and layer.inputs:
        return None
    if layer.path in side.fed:
        source = side.fed[layer.path]
        return Unknown(f"its input comes from {source.op} {source.source}, which is not supported")
    if layer.path in side.feeding:
        user = side.feeding[layer.path]
        return Unknown(f"its output is used by {user.op} {user.source}, which is not supported")
    if layer.path in side.beside:
        part = side.beside[layer.path]
        return Unknown(f"it is connected to {part.op} {part.source}, which is not supported")
    if layer.kind in SIZED and layer.inputs and graph.shape(layer.inputs[0]) is None:
        return Unknown("its effect depends on the input shape, which is not known")
    return None


def _in_its_place(view: View, layer: Layer, side: Holes, other: Holes) -> Unknown | None:
    """The operator of the other side, spelled by no kind, that can do what a layer does."""
    place = side.places.get(layer.path)
    found = other.strange.get(place.path if place is not None else "")
    for near in (place, side.after.get(layer.path)):
        twin = view.counterpart(near, of_left=not side.of_left) if near is not None else None
        if near is not None and twin is not None and foreign(near, twin):
            found = found or near
    if found is None:
        return None
    return Unknown(f"it could be part of {found.op} {found.source}, which is not supported")


def _own(view: View, place: Layer | None, *, of_left: bool) -> str:
    """The path on its own side of the layer whose counterpart a place is."""
    if place is None:
        return ""
    return (view.alignment.to_left if of_left else view.alignment.to_right)[place.path]


def _before(view: View, graph: LayerGraph, *, of_left: bool) -> dict[str, Layer]:
    places: dict[str, Layer] = {}
    for layer in graph.layers:
        for value in layer.inputs:
            maker = graph.producers.get(value)
            found = view.counterpart(maker, of_left=of_left) if maker is not None else None
            if found is None and maker is not None:
                found = places.get(maker.path)
            if found is not None:
                places[layer.path] = found
                break
    return places


def _after(view: View, graph: LayerGraph, *, of_left: bool) -> dict[str, Layer]:
    after: dict[str, Layer] = {}
    for layer in reversed(graph.layers):
        users = graph.consumers.get(layer.outputs[0], ()) if layer.outputs else ()
        for user in users[:1]:
            found = view.counterpart(user, of_left=of_left) or after.get(user.path)
            if found is not None:
                after[layer.path] = found
    return after
