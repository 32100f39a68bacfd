"""Layers without weights around operators that are not supported: who is whose counterpart there is a guess.

Such an operator can do what several layers of the other side do together, so the layers that hang together with it, up
to those with weights, do not tell by themselves that the models differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from parity.comparison._contract import Difference, Topic, View, foreign
from parity.graph import Evidence, Layer, LayerGraph, Unknown

OPEN = {Topic.LAYER, Topic.WIRING, Topic.ATTRIBUTE, Topic.SHAPE, Topic.AXES, Topic.WEIGHT}
"""What may follow from how such operators are taken apart."""

POINTWISE = {"batch_norm", "elementwise", "prelu", "rescaling"}
"""Kinds that may have weights, and leave axes in the order in which such an operator gives them."""

Place = tuple[bool, str]
"""Whether a layer is of the left side, and its path."""


Near = Mapping[Place, Layer]
"""The operator that each layer around one hangs together with."""


def undecided(near: Near, found: Iterable[Difference]) -> Iterator[Difference]:
    """The same differences, those as undecided that are of layers around an operator that is not supported."""
    for each in found:
        strange = _strange(each, near) if each.unknown is None and each.topic in OPEN else None
        yield replace(each, unknown=strange) if strange is not None else each


def _strange(difference: Difference, near: Near) -> Unknown | None:
    """The operator that a difference may come from."""
    sides = (True, difference.left), (False, difference.right)
    places = [(of_left, layer.path) for of_left, layer in sides if layer is not None]
    found = next((near[place] for place in places if place in near), None)
    own = difference.topic is Topic.ATTRIBUTE and found is not None and found in (difference.left, difference.right)
    if found is None or own:  # settings that are written in the same words on both sides
        return None
    return Unknown(f"it is connected to {found.op} {found.source}, which is not supported")


def near_strange(view: View) -> Near:
    """The layers that hang together with such an operator, on its side or the other, each with the first of them."""
    if not view.left.evidence is Evidence.GRAPH is view.right.evidence:
        return {}
    alone: list[tuple[Place, Layer]] = []
    for of_left, graph in ((True, view.left), (False, view.right)):
        strange = [layer for layer in graph.layers if layer.kind == "opaque"]
        alone += [((of_left, each.path), each) for each in strange if _is_alone(view, each, of_left=of_left)]
    # One with weights may be more, and is seen from farther away.
    weighted = _reached(view, [each for each in alone if each[1].weights])
    found = {**_reached(view, [each for each in alone if not each[1].weights]), **weighted}
    return {place: strange for place, strange in found.items() if not _is_certain(view, place)}


def _is_certain(view: View, place: Place) -> bool:
    """Whether a layer and its counterpart have weights, so that it is what it is whatever comes before."""
    of_left, path = place
    layer = (view.left_layers if of_left else view.right_layers)[path]
    twin = view.counterpart(layer, of_left=of_left)
    return twin is not None and bool(layer.weights) and bool(twin.weights)


def _reached(view: View, waiting: list[tuple[Place, Layer]]) -> dict[Place, Layer]:
    found: dict[Place, Layer] = {}
    while waiting:
        place, strange = waiting.pop()
        if place not in found:
            found[place] = strange
            waiting += [(each, strange) for each in _next_to(view, place, strange)]
    return found


def _is_alone(view: View, layer: Layer, *, of_left: bool) -> bool:
    """Whether an operator has no counterpart, or one that is another operator."""
    twin = view.counterpart(layer, of_left=of_left)
    return twin is None or foreign(layer, twin)


def _next_to(view: View, place: Place, strange: Layer) -> Iterator[Place]:
    """What is connected to a layer without other layers with weights between them, and its counterpart."""
    of_left, path = place
    graph, layers = (view.left, view.left_layers) if of_left else (view.right, view.right_layers)
    layer = layers[path]
    twin = view.counterpart(layer, of_left=of_left)
    if twin is not None:
        yield not of_left, twin.path
    for maker in _makers(graph, layer):
        yield from _through(view, (of_left, maker), strange, forward=True)
    for user in _users(graph, layer):
        yield from _through(view, (of_left, user), strange, forward=False)


def _through(view: View, at: tuple[bool, Layer], strange: Layer, *, forward: bool) -> Iterator[Place]:
    """A layer, if it is seen through; else what only the other side has between its counterpart and the operator.

    Layers with weights are not, but for those that the operator may have among its own.
    """
    of_left, layer = at
    twin = view.counterpart(layer, of_left=of_left)
    if layer.kind != "input" and _may_be_part(layer, twin, strange):
        yield of_left, layer.path
    elif twin is not None:
        graph = view.right if of_left else view.left
        for each in _users(graph, twin) if forward else _makers(graph, twin):
            other = view.counterpart(each, of_left=not of_left)
            if other is None and _may_be_part(each, other, strange):
                yield not of_left, each.path


def _may_be_part(layer: Layer, twin: Layer | None, strange: Layer) -> bool:
    passes = twin is not None and layer.kind in POINTWISE
    return not layer.weights or passes or (twin is None and bool(strange.weights))


def _makers(graph: LayerGraph, layer: Layer) -> Iterable[Layer]:
    return [maker for value in layer.inputs if (maker := graph.producers.get(value)) is not None]


def _users(graph: LayerGraph, layer: Layer) -> Iterable[Layer]:
    return [user for value in layer.outputs for user in graph.consumers.get(value, ())]
