"""A layered layout of a small graph without cycles, after Sugiyama: ranks, few crossings, straight long edges."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
"""Times that the order within ranks is improved, downwards and upwards in turn; more hardly change it."""

LANE = 0.12
"""Room for an edge that passes by, in widths of a node."""

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is: columns in widths of a node, from 0 on, and rows by rank.

    Attributes:
        places: column and rank of the middle of each node.
        routes: for each edge the places that it passes between its ends.
        width: columns in all.
        ranks: how many there are.
    """

    places: tuple[tuple[float, int], ...]
    routes: Mapping[Edge, tuple[tuple[float, int], ...]]
    width: float
    ranks: int


def layered(size: int, edges: Iterable[Edge]) -> Layout:
    """Lay out nodes that are numbered so that edges go from lower to higher numbers; those that do not are turned."""
    told = sorted({(min(edge), max(edge)) for edge in edges if edge[0] != edge[1]})
    rank = _ranks(size, told)
    chains: dict[Edge, list[int]] = {}
    parts: list[Edge] = []
    for start, end in told:
        passing = range(len(rank), len(rank) + rank[end] - rank[start] - 1)
        rank += range(rank[start] + 1, rank[end])
        chains[start, end] = list(passing)
        stops = [start, *passing, end]
        parts += pairwise(stops)
    column = _columns(_ordered(rank, parts), parts, [1.0] * size + [LANE] * (len(rank) - size))
    least = min((column[node] - 0.5 for node in range(size)), default=0.0)
    most = max((column[node] + 0.5 for node in range(size)), default=0.0)
    places = [(at - least, level) for at, level in zip(column, rank, strict=True)]
    routes = {edge: tuple(places[each] for each in chain) for edge, chain in chains.items()}
    return Layout(tuple(places[:size]), routes, most - least, max(rank, default=-1) + 1)


def _ranks(size: int, edges: Sequence[Edge]) -> list[int]:
    """The longest way to each node from above; what has nothing above it stands right above what uses it."""
    rank, first = [0] * size, [True] * size
    for start, end in sorted(edges, key=lambda edge: edge[1]):
        rank[end] = max(rank[end], rank[start] + 1)
        first[end] = False
    users = defaultdict(list)
    for start, end in edges:
        users[start].append(rank[end])
    for node in range(size):
        if first[node] and users[node]:
            rank[node] = min(users[node]) - 1
    return rank


def _neighbours(edges: Iterable[Edge]) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
    above, below = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for start, end in edges:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _ordered(rank: Sequence[int], edges: Sequence[Edge]) -> list[list[int]]:
    """The nodes of each rank from left to right, each near the middle of its neighbours."""
    levels: list[list[int]] = [[] for _ in range(max(rank, default=-1) + 1)]
    for node, level in enumerate(rank):
        levels[level].append(node)
    above, below = _neighbours(edges)
    for sweep in range(SWEEPS):
        beside, order = (below, levels[::-1]) if sweep % 2 else (above, levels)
        for row in order:
            _sort(row, beside, levels)
    return levels


def _sort(row: list[int], beside: Mapping[int, list[int]], levels: Sequence[Sequence[int]]) -> None:
    """Sort a rank by the mean place of each node's neighbours; one without any stays about where it is."""
    place = {node: number / max(len(each) - 1, 1) for each in levels for number, node in enumerate(each)}
    wanted = {
        node: sum(place[each] for each in beside[node]) / len(beside[node]) if beside[node] else place[node]
        for node in row
    }
    row.sort(key=lambda node: (wanted[node], place[node]))


def _columns(levels: Sequence[Sequence[int]], edges: Sequence[Edge], widths: Sequence[float]) -> list[float]:
    """The column of each node: near the middle of its neighbours, in the order of its rank, and over no other."""
    column = [0.0] * len(widths)
    for level in levels:
        at = -sum(widths[node] for node in level) / 2
        for node in level:
            column[node] = at + widths[node] / 2
            at += widths[node]
    above, below = _neighbours(edges)
    for sweep in range(2 * SWEEPS):
        beside, order = (below, levels[::-1]) if sweep % 2 else (above, levels)
        for level in order:
            wanted = [_middle([column[each] for each in beside[node]], column[node]) for node in level]
            for node, place in zip(level, _apart(wanted, [widths[node] for node in level]), strict=True):
                column[node] = place
    return column


def _middle(found: Sequence[float], otherwise: float) -> float:
    """The median."""
    ordered = sorted(found)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2 if ordered else otherwise


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Places near those that are wanted with room between them: halfway between moving all right and all left."""
    right, left = list(wanted), list(wanted)
    for at in range(1, len(wanted)):
        right[at] = max(right[at], right[at - 1] + (widths[at - 1] + widths[at]) / 2)
    for at in range(len(wanted) - 2, -1, -1):
        left[at] = min(left[at], left[at + 1] - (widths[at] + widths[at + 1]) / 2)
    return [(one + other) / 2 for one, other in zip(right, left, strict=True)]
