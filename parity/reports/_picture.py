"""A still picture of both graphs side by side: a layer and its counterpart stand at the same place of their halves."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from parity.reports import _blocks as blocks
from parity.reports import _graph as graph
from parity.reports._graph import Node
from parity.reports._layered import Edge, Layout, layered
from parity.reports._rows import Line, Mark

WIDTH, HEIGHT = 208, 44
"""Of a node, in pixels."""

ACROSS, DOWN = 24, 30
"""Room between nodes."""

EDGE = 16
"""Room around the picture, and above it in each half for the name of the model."""

LETTERS = 24
"""Letters that a node has room for."""

KINDS = {
    Mark.DIFFERENT: "different",
    Mark.LEFT_ONLY: "left-only",
    Mark.RIGHT_ONLY: "right-only",
    Mark.UNDECIDED: "undecided",
    Mark.NOTED: "equal",
    Mark.SAME: "equal",
}
"""The colours of layers: what only has a note is equal."""

SIGNS = {"different": "≠", "left-only": "◧", "right-only": "◨", "undecided": "?", "equal": "="}
"""The same for who cannot tell the colours apart."""


def picture(lines: Sequence[Line], sources: tuple[str, str]) -> dict[str, Any]:
    """What the template of a picture draws: both halves with nodes and edges in pixels."""
    _, seen = blocks.opened(blocks.tree(lines), lines)
    nodes = [graph.node(lines, block) for block in seen]
    wired = [graph.edges(seen, wires) for wires in graph.wires(lines)]
    layout = layered(len(nodes), wired[0] | wired[1])
    half = max(_across(layout.width) - ACROSS, WIDTH)
    top = 2 * EDGE + 12
    halves = []
    for side, source in enumerate(sources):
        left = EDGE + side * (half + 3 * EDGE)
        halves.append(
            {
                "left": left,
                "title": _short(source, max(LETTERS, half // 8)),
                "source": source,
                "nodes": list(_nodes(nodes, side, layout, (left, top))),
                "edges": list(_edges(nodes, wired, side, layout, (left, top))),
            }
        )
    return {
        "width": 2 * half + 5 * EDGE,
        "height": top + max(layout.ranks, 1) * (HEIGHT + DOWN) - DOWN + EDGE,
        "between": EDGE + half + 1.5 * EDGE,
        "size": (WIDTH, HEIGHT),
        "halves": halves,
        "signs": [(kind, SIGNS[kind]) for kind in _kinds(nodes)],
    }


def _kinds(nodes: Iterable[Node]) -> list[str]:
    """The kinds of layers that there are, the worst first."""
    found = {KINDS[mark] for node in nodes for mark, _ in node.marks}
    return [kind for kind in SIGNS if kind in found]


def _across(columns: float) -> int:
    return round(columns * (WIDTH + ACROSS))


def _nodes(nodes: Sequence[Node], side: int, layout: Layout, corner: tuple[int, int]) -> Iterator[dict[str, Any]]:
    for node, (column, rank) in zip(nodes, layout.places, strict=True):
        kinds: dict[str, int] = {}
        for mark, number in node.marks:
            kinds[KINDS[mark]] = kinds.get(KINDS[mark], 0) + number
        worst = next(kind for kind in SIGNS if kind in kinds)
        yield {
            "x": corner[0] + _across(column - 0.5),
            "y": corner[1] + rank * (HEIGHT + DOWN),
            "kind": worst if node.titles[side] else "nothing",
            "sign": SIGNS[worst],
            "title": node.titles[side],
            "short": _short(node.titles[side], LETTERS),
            "line": _line(node.lines[side], LETTERS + 4),
            "said": node.lines[side],
            "is_block": bool(node.block.parts),
            "shares": list(_shares(kinds)) if node.block.parts else [],
            "counts": ", ".join(f"{number:,} {kind.replace('-', ' ')}" for kind, number in kinds.items()),
        }


def _shares(kinds: dict[str, int]) -> Iterator[tuple[str, float, float]]:
    """A bar of what is in a block: kind, where it begins and how long it is."""
    total, at = sum(kinds.values()), 0.0
    for kind in SIGNS:
        if kind in kinds:
            length = WIDTH * kinds[kind] / total
            yield kind, round(at, 1), round(length, 1)
            at += length


def _edges(
    nodes: Sequence[Node], wired: Sequence[set[Edge]], side: int, layout: Layout, corner: tuple[int, int]
) -> Iterator[dict[str, Any]]:
    for start, end in sorted(wired[side]):
        both = all(all(nodes[at].titles) for at in (start, end))
        way = layout.routes[min(start, end), max(start, end)]
        stops = [layout.places[start], *(way if start < end else reversed(way)), layout.places[end]]
        left, top = corner[0] - ACROSS // 2, corner[1]
        points = [(left + _across(column), top + rank * (HEIGHT + DOWN)) for column, rank in stops]

        yield {"d": _curve(points), "only": both and (start, end) not in wired[1 - side]}


def _curve(points: Sequence[tuple[int, int]]) -> str:
    """From below the first node past others to above the last: straight down beside nodes, bent between ranks."""
    (x, y), *rest = points
    said, y = [f"M{x} {y + HEIGHT}"], y + HEIGHT
    for at, (to_x, to_y) in enumerate(rest, 1):
        middle = (y + to_y) / 2
        said.append(f"C{x} {middle:g} {to_x} {middle:g} {to_x} {to_y}")
        x, y = to_x, to_y
        if at < len(rest):
            y += HEIGHT
            said.append(f"V{y}")
    return "".join(said)


def _short(text: str, letters: int) -> str:
    """A text that fits: of a path the end, of a stretch both ends."""
    if len(text) <= letters:
        return text
    first, sign, last = text.partition(blocks.BETWEEN)
    if not sign:
        return f"…{text[1 - letters :]}"
    room = letters - 1
    tail = min(len(last), max(room // 2, room - len(first)))
    return f"{first[: room - tail]}…{last[len(last) - tail :]}"


def _line(text: str, letters: int) -> str:
    """What is said of a node so that it fits: the shape is kept whole."""
    what, sign, sizes = text.partition(" (")
    room = letters - len(sign) - len(sizes)
    return text if len(text) <= letters or room < 1 else f"{what[: room - 1]}…{sign}{sizes}"
