"""Outputs that both models give, each at its own place; and the layers of a side that are there for no such output."""

from collections.abc import Iterable, Iterator

from parity.alignment import End
from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import LayerGraph


def differences(view: View) -> Iterator[Difference]:
    """Outputs of which both sides give the same ones in another order, told once for all."""
    ends = view.alignment.outputs
    if _in_order(ends):
        return
    lefts, rights = (view.left.names_of_outputs, view.right.names_of_outputs)
    ordered = sorted(ends, key=lambda end: end.right)
    names = tuple(lefts[end.left] for end in ends), tuple(rights[end.right] for end in ordered)
    yield Difference(Topic.OUTPUT_ORDER, Facet.STRUCTURE, None, None, "order", *names)


def _in_order(ends: Iterable[End]) -> bool:
    """Whether outputs, which are in the order of the left, are in that of the right as well."""
    places = [end.right for end in ends]
    return places == sorted(places)


def differ_by_place(view: View) -> bool:
    """Whether outputs that callers of both sides tell by their places are in another order."""
    return not _in_order(end for end in view.alignment.outputs if not end.named)


def only_for(view: View) -> tuple[set[str], set[str]]:
    """The layers of each side, by path, of which nothing comes but outputs that only this side has."""
    lone = view.lone_outputs
    return (
        _only_for(view.left, lone[0]) if lone[0] else set(),
        _only_for(view.right, lone[1]) if lone[1] else set(),
    )


def _only_for(graph: LayerGraph, lone: Iterable[int]) -> set[str]:
    spare = set(lone)
    kept = _before(graph, [value for at, value in enumerate(graph.outputs) if at not in spare])
    return _before(graph, [graph.outputs[at] for at in spare]) - kept


def _before(graph: LayerGraph, values: Iterable[str]) -> set[str]:
    """The layers that values are made by, by path."""
    wanted, found = set(values), set[str]()
    for layer in reversed(graph.layers):
        if not wanted.isdisjoint(layer.outputs):
            found.add(layer.path)
            wanted.update(layer.inputs)
    return found
