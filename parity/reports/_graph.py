"""Both graphs as one: rows are its nodes, folded blocks as well, and what either side is wired by are its edges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity.reports import _blocks as blocks
from parity.reports import _wording as words
from parity.reports._blocks import Block
from parity.reports._contract import Box
from parity.reports._rows import Line, Mark
from parity.rules import shape

Wires = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A row or a folded block, as it is drawn on both sides.

    Attributes:
        titles: what it is called on each side, "" where that has nothing of it.
        lines: what is said of it on each side.
        marks: how many rows it has of each mark, the worst first.
    """

    block: Block
    titles: tuple[str, str]
    lines: tuple[str, str]
    marks: tuple[tuple[Mark, int], ...]


def wires(lines: Sequence[Line]) -> tuple[Wires, Wires]:
    """For each row the rows that it gets its inputs from, on either side."""
    return _wires([line.left for line in lines]), _wires([line.right for line in lines])


def _wires(boxes: Sequence[Box | None]) -> Wires:
    rows = {box.path: row for row, box in enumerate(boxes) if box is not None}
    given = (box.inputs if box is not None else () for box in boxes)
    return tuple(tuple(rows[path] for path in inputs if path in rows) for inputs in given)


def node(lines: Sequence[Line], block: Block) -> Node:
    """A row or folded block with what is said of it."""
    rows = lines[block.start : block.end]
    counted = Counter(line.mark for line in rows)
    marks = tuple((mark, counted[mark]) for mark in Mark if counted[mark])
    sides = [[box for line in rows if (box := getattr(line, side)) is not None] for side in ("left", "right")]
    said = [_said(boxes, is_block=bool(block.parts)) for boxes in sides]
    return Node(block, blocks.names(lines, block), (said[0], said[1]), marks)


def _said(boxes: Sequence[Box], *, is_block: bool) -> str:
    if not boxes:
        return ""
    if not is_block:
        return f"{boxes[0].op} {shape(boxes[0].shape)}" if boxes[0].shape is not None else boxes[0].op
    params = sum(box.params for box in boxes)
    return words.plural(len(boxes), "layer") + (f", {params:,}" if params else "")


def edges(seen: Sequence[Block], wired: Wires) -> set[tuple[int, int]]:
    """The edges of one side between what is seen, by their places there."""
    at = {row: place for place, block in enumerate(seen) for row in range(block.start, block.end)}
    every = {(at[source], at[row]) for row, sources in enumerate(wired) for source in sources}
    return {edge for edge in every if edge[0] != edge[1]}
