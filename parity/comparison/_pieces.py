"""Layers of one side that hang together by their wires, in time linear in these."""

from collections.abc import Iterator, Mapping

from parity.graph import Layer, LayerGraph


def pieces(graph: LayerGraph, members: Mapping[str, Layer]) -> Iterator[list[Layer]]:
    """The members by path, split into pieces between which no value runs; each in the order of the members."""
    order = {path: at for at, path in enumerate(members)}
    seen: set[str] = set()
    for path in members:
        if path not in seen:
            piece = _joined(path, graph, members)
            seen.update(piece)
            yield [members[each] for each in sorted(piece, key=order.__getitem__)]


def _joined(start: str, graph: LayerGraph, members: Mapping[str, Layer]) -> set[str]:
    piece, ends = {start}, [start]
    while ends:
        layer = members[ends.pop()]
        before = [maker for value in layer.inputs if (maker := graph.producers.get(value)) is not None]
        after = [user for value in layer.outputs for user in graph.consumers.get(value, ())]
        for path in {each.path for each in (*before, *after)}:
            if path in members and path not in piece:
                piece.add(path)
                ends.append(path)
    return piece
