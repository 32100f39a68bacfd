"""The table of a page: a row for each layer and its counterpart, in stretches that can be folded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from parity.comparison import Facet
from parity.reports import _blocks as blocks
from parity.reports import _graph as graph
from parity.reports import _wording as words
from parity.reports._blocks import LOUD, Block
from parity.reports._contract import Box
from parity.reports._rows import Line, Mark
from parity.rules import Finding, shape

Cells = tuple[tuple[str, str], ...]
"""Texts with the class of the cell, "" for none."""


def table(lines: Sequence[Line], stretches: Sequence[Block]) -> list[dict[str, Any]]:
    """The stretches of the table with their rows; one of a single row is not folded."""
    wired = graph.wires(lines)
    found = []
    for block in stretches:
        counted = Counter(line.mark for line in lines[block.start : block.end])
        found.append(
            {
                "folds": bool(block.parts),
                "names": blocks.names(lines, block),
                "start": block.start + 1,
                "end": block.end,
                "loud": any(counted[mark] for mark in LOUD),
                "counts": ", ".join(f"{counted[mark]:,} {mark.value}" for mark in Mark if counted[mark]),
                "rows": [_row(row, lines[row], wired) for row in range(block.start, block.end)],
            }
        )
    return found


def _row(row: int, line: Line, wired: tuple[graph.Wires, graph.Wires]) -> dict[str, Any]:
    shapes = any(finding.facet is Facet.SHAPES and finding.effect in words.REAL for finding in line.findings)
    both = line.left is not None and line.right is not None
    counts = _counts(line)
    return {
        "row": row,
        "mark": line.mark.value,
        "loud": line.mark in LOUD,
        "sides": [
            _cells(box, _sources(wires[row], row), shapes=shapes and both, counts=counts)
            for box, wires in zip((line.left, line.right), wired, strict=True)
        ],
        "found": list(_found(line.findings)),
    }


def _counts(line: Line) -> str:
    """How the counts of a row differ: "" not at all, "real" in what matters, "calm" in how they are counted."""
    if line.left is None or line.right is None or line.left.params == line.right.params:
        return ""
    return "real" if any(each.facet is Facet.COUNTS and each.effect in words.REAL for each in line.findings) else "calm"


def _sources(wires: Sequence[int], row: int) -> Sequence[int]:
    """The rows that a row gets its inputs from, unless it is the one above alone."""
    return () if list(wires) in ([], [row - 1]) else wires


def _cells(box: Box | None, sources: Sequence[int], *, shapes: bool, counts: str) -> dict[str, Any] | None:
    if box is None:
        return None
    return {
        "name": box.name,
        "op": box.op,
        "shape": shape(box.shape) if box.shape is not None else "",
        "shape_differs": shapes,
        "count": f"{box.params:,}" if box.params or counts else "",
        "count_differs": counts,
        "sources": sources,
    }


def _found(findings: Sequence[Finding]) -> Iterator[tuple[str, tuple[str, str] | None, str]]:
    """Rules with both values, and the name of what has them, where these differ in what matters."""
    told = set()
    for each in findings:
        differs = each.effect not in words.CALM and (each.left_value is not None or each.right_value is not None)
        values = (words.value(each.left_value), words.value(each.right_value)) if differs else None
        name = each.attribute or "" if differs else ""
        if (each.rule, values, name) not in told:
            told.add((each.rule, values, name))
            yield each.rule, values, "" if name in each.rule.split("-") else name
