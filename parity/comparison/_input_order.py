"""Inputs that both models take, each at its own place of the call."""

from collections.abc import Iterator
from typing import Any

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import LayerGraph
from parity.kinds import COMMUTATIVE


def differences(view: View) -> Iterator[Difference]:
    """Inputs whose counterpart stands at another place, where both sides have as many of them.

    Inputs that the model uses alike may be aligned crosswise; exchanging those changes nothing.
    """
    left, right = view.left.inputs, view.right.inputs
    if len(left) != len(right):
        return
    known = {end.left: end.right for end in view.alignment.inputs}
    places = [known.get(at) for at in range(len(left))]
    if all(place in {None, at} for at, place in enumerate(places)):
        return
    uses = _futures(view.left), _futures(view.right)
    for at, place in enumerate(places):
        alike = all(use.get(one[at]) == use.get(one[place or 0]) for use, one in zip(uses, (left, right), strict=True))
        if place is not None and place != at and not alike:
            layer, other = view.left.producers[left[at]], view.right.producers[right[place]]
            yield Difference(Topic.INPUT_ORDER, Facet.STRUCTURE, layer, other, "place", at, place)


def _futures(graph: LayerGraph) -> dict[str, int]:
    """A number for each value that is the same for values of which the same becomes."""
    known: dict[Any, int] = {}
    found: dict[str, list[int]] = {}
    for at, value in enumerate(graph.outputs):
        found.setdefault(value, []).append(known.setdefault(("output", at), len(known)))
    for layer in reversed(graph.layers):
        made = tuple(tuple(sorted(found.get(value, ()))) for value in layer.outputs)
        commutes = layer.attributes.get("function") in COMMUTATIVE
        for at, value in enumerate(layer.inputs):
            weights = tuple(weight.storage for weight in layer.weights)
            mark = (layer.kind, repr(layer.attributes), weights, 0 if commutes else at, made)
            found.setdefault(value, []).append(known.setdefault(mark, len(known)))
    return {value: known.setdefault(("value", *sorted(found.get(value, ()))), len(known)) for value in graph.inputs}
