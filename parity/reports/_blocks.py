"""The rows of both models as a tree of blocks by module path, so that a picture can show some and fold the rest.

A block is a stretch of rows. Rows come in the order of the graph, producers before consumers, so that what remains of
the graph when every other block is one node has no cycle.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, takewhile

from parity.reports._contract import Box
from parity.reports._rows import Line, Mark

MOST = 24
"""Parts of a block; more are put together in runs."""

BETWEEN = " … "
"""Stands between the first name and the last."""

SHOWN = 48
"""Nodes of a picture before anybody has opened or closed a block."""

FEW = 2
"""A module beside which there are no more rows, and no more than a third of its own, or an eighth, is no block."""

LOUD = frozenset((Mark.DIFFERENT, Mark.LEFT_ONLY, Mark.RIGHT_ONLY, Mark.UNDECIDED))

Path = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """Rows from ``start`` up to ``end``; one row where it has no parts.

    Attributes:
        is_run: its rows are those that happen to follow each other, not those of a module.
    """

    start: int
    end: int
    parts: "tuple[Block, ...]" = ()
    is_run: bool = False

    @cached_property
    def key(self) -> str:
        """Its name among the blocks of the tree."""
        return f"{self.start}-{self.end}" if self.parts else f"{self.start}"


def tree(lines: Sequence[Line]) -> Block:
    """All rows as one block."""
    paths, least = _paths(lines)
    return Block(0, len(lines), _in_runs(_parts(paths, 0, len(lines), 0, least)))


def opened(root: Block, lines: Sequence[Line], most: int = SHOWN) -> tuple[set[str], list[Block]]:
    """The blocks that are open at first, and what is seen then: level by level as far as there is room.

    Where a whole level has no room those blocks are opened that hold a difference.
    """
    loud = [0, *accumulate(line.mark in LOUD for line in lines)]
    found, seen = set[str](), list(root.parts)
    while True:
        folded = [each for each in seen if each.parts]
        differing = [each for each in folded if loud[each.end] > loud[each.start]]
        chosen = next((some for some in (folded, differing) if some and _size(seen, some) <= most), ())
        if not chosen:
            return found, seen
        keys = {each.key for each in chosen}
        found |= keys
        seen = [part for each in seen for part in (each.parts if each.key in keys else (each,))]


def _size(seen: Sequence[Block], chosen: Sequence[Block]) -> int:
    return len(seen) + sum(len(each.parts) - 1 for each in chosen)


def names(lines: Sequence[Line], block: Block) -> tuple[str, str]:
    """What a block is called on both sides: what its rows have in common, or its first and last."""
    return _name(lines, "left", block), _name(lines, "right", block)


def _name(lines: Sequence[Line], side: str, block: Block) -> str:
    if block.is_run:
        every = [name for part in (block.parts[0], block.parts[-1]) if (name := _name(lines, side, part))]
        ends = [every[0].split(BETWEEN)[0], every[-1].split(BETWEEN)[-1]] if every else []
    else:
        boxes: list[Box | None] = [getattr(line, side) for line in lines[block.start : block.end]]
        every = [box.name for box in boxes if box is not None]
        ends = [every[0], every[-1]] if every else []
    together = min(every, default="")[: _shared(min(every, default=""), max(every, default=""))]
    at = max(together.rfind(sign) for sign in "./_")
    if all(each[len(together) :][:1] in {"", ".", "/", "_"} for each in every):
        at = len(together)
    if len(set(every)) <= 1 or (at > 0 and not block.is_run):
        return together[:at] if every else ""
    return f"{ends[0]}{BETWEEN}{ends[1]}"


def _paths(lines: Sequence[Line]) -> tuple[list[Path], int]:
    """The modules around each row with its own name last, and how few rows make a block.

    They are those of the side whose names tell more of them. Where neither name has a separator, words between
    underscores are taken for modules if several rows share them: ``conv2_block1_1_bn``; but for a number at the end.
    """
    sides = [[getattr(line, side) for line in lines] for side in ("left", "right")]
    depths = [sum(len(re.split("[./]", box.name)) - 1 for box in side if box is not None) for side in sides]
    chosen = sides[depths[1] > depths[0]]
    signs, least = ("[./]", 2) if max(depths) > len(lines) // 4 else (r"[./]|_(?!\d+$)", 3)
    own = [tuple(re.split(signs, box.name)) if box is not None else () for box in chosen]
    return list(_surrounded(own)), least


def _surrounded(own: Sequence[Path]) -> Iterator[Path]:
    """The paths, where a row without modules has those that the rows before and after it have in common."""
    after: list[Path] = []
    following: Path = ()
    for path in reversed(own):
        after.append(following)
        following = path[:-1] or following
    before: Path = ()
    for path, later in zip(own, reversed(after), strict=True):
        if len(path) > 1:
            before = path[:-1]
            yield path
        else:
            yield (*before[: _shared(before, later)], *(path or ("",)))


def _parts(paths: Sequence[Path], start: int, end: int, depth: int, least: int) -> tuple[Block, ...]:
    """The blocks and rows of a stretch whose rows share their first names."""
    found: list[Block] = []
    for name, group in groupby(range(start, end), key=lambda row: _module(paths[row], depth)):
        rows = list(group)
        if name is None or len(rows) < least:
            found += (Block(row, row + 1) for row in rows)
            continue
        parts = _parts(paths, rows[0], rows[-1] + 1, depth + 1, least)
        around = end - start - len(rows)
        is_all = around <= len(rows) // (3 if around <= FEW else 8)
        found += parts if is_all else [Block(rows[0], rows[-1] + 1, _in_runs(parts))]
    return tuple(found)


def _module(path: Path, depth: int) -> str | None:
    """The name at a depth; None where that is the row's own."""
    return path[depth] if len(path) > depth + 1 else None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many letters, or names, two begin with alike."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(one, other, strict=False)))


def _in_runs(parts: tuple[Block, ...]) -> tuple[Block, ...]:
    """The same parts, where there are very many in runs, and these in runs again."""
    while len(parts) > MOST:
        size = max(2, min(MOST, -(-len(parts) // MOST)))
        runs = [parts[at : at + size] for at in range(0, len(parts), size)]
        parts = tuple(Block(run[0].start, run[-1].end, run, is_run=True) if len(run) > 1 else run[0] for run in runs)
    return parts
