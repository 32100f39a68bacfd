"""What the script of a page draws and tells: rows, blocks, and the walks of layers, each text and each walk once."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Weight
from parity.reports import _blocks as blocks
from parity.reports import _graph as graph
from parity.reports import _outputs as computed
from parity.reports import _walk_words as said
from parity.reports import _wording as words
from parity.reports._blocks import LOUD, Block
from parity.reports._contract import Box, Report
from parity.reports._explanation import Half, Walk
from parity.reports._picture import KINDS
from parity.reports._rows import Line, arranged
from parity.reports._safe import safe
from parity.rules import Finding, shape

WALKED = 1_500
"""Rows of a page whose settings and weights are told; where there are more those that differ come first."""

LEFT, RIGHT = "\x01", "\x02"
"""They stand in a walk for the names of its layers, so that walks of like layers are one; no safe text has them."""

Walks = dict[int, Walk]


def walks(report: Report, most: int) -> Walks:
    """The walks by row, of the report as it is: what it names must be found in the graphs."""
    lines = arranged(report)
    if report.walks is None:
        return {}
    rows = sorted(range(len(lines)), key=lambda row: lines[row].mark not in LOUD)[:most]
    return dict(zip(rows, report.walks(report, [lines[row] for row in rows]), strict=True))


class _Once:
    """Things of which equal ones are kept once, by number."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self._at: dict[str, int] = {}

    def __call__(self, found: Any) -> int:
        key = found if isinstance(found, str) else repr(found)
        if key not in self._at:
            self._at[key] = len(self.kept)
            self.kept.append(found)
        return self._at[key]


def document(report: Report, lines: Sequence[Line], walked: Walks) -> dict[str, Any]:
    """The data of one pair.

    Args:
        report: what was found, safe to print.
        lines: its rows.
        walked: walks by row.
    """
    texts, details = _Once(), _Once()
    root = blocks.tree(lines)
    left, right = graph.wires(lines)
    causes = {finding.fingerprint: finding for finding, _ in report.findings}
    rows = [
        [
            KINDS[line.mark],
            line.mark.value,
            _half(line.left, left[row], texts),
            _half(line.right, right[row], texts),
            details(_detail(line, walked.get(row), report, causes)),
        ]
        for row, line in enumerate(lines)
    ]
    return {
        "kinds": (kinds := list(dict.fromkeys(KINDS.values()))),
        "marks": (marks := list(dict.fromkeys(mark.value for mark in KINDS))),
        "sources": [report.left.source, report.right.source],
        "texts": texts.kept,
        "rows": [[kinds.index(kind), marks.index(mark), *rest] for kind, mark, *rest in rows],
        "tree": [_part(part, lines, texts) for part in root.parts],
        "open": sorted(blocks.opened(root, lines)[0]),
        "details": details.kept,
    }


def _half(box: Box | None, sources: Sequence[int], texts: _Once) -> Any:
    if box is None:
        return 0
    sizes = shape(box.shape) if box.shape is not None else ""
    return [texts(box.name), texts(box.op), texts(sizes), box.params, *sources]


def _part(block: Block, lines: Sequence[Line], texts: _Once) -> Any:
    if not block.parts:
        return block.start
    names = (texts(name) for name in blocks.names(lines, block))
    return [block.key, block.start, block.end, *names, [_part(part, lines, texts) for part in block.parts]]


def _detail(line: Line, walk: Walk | None, report: Report, causes: Mapping[str, Finding]) -> dict[str, Any]:
    found = [_finding(each, report, causes.get(each.caused_by or "")) for each in line.findings]
    told = {"found": found, **(_walk(walk, report) if walk else {})}
    return _without_names(safe(told), tuple(box.name if box is not None else "" for box in (line.left, line.right)))  # type: ignore[no-any-return]


def _finding(found: Finding, report: Report, cause: Finding | None) -> list[Any]:
    values = words.values(found) if found.effect not in words.CALM else ""
    accepted = report.accepted.get(found.fingerprint)
    more = [f"follows from {cause.rule} at {words.where(cause)}"] if cause is not None else []
    more += [f"accepted: {accepted}"] if accepted is not None else []
    return [found.rule, values, found.effect.value, [found.message, *more], found.remedy]


def _walk(walk: Walk, report: Report) -> dict[str, Any]:
    alone = walk.left is None or walk.right is None
    why = f"matched by: {walk.why}" if walk.why else ""
    others = [f"{each.name} {' / '.join(said.values(each))}" for each in walk.settings if not each.compared]
    return {
        "kind": next(half.kind for half in (walk.left, walk.right) if half is not None),
        "what": [_what(walk.left, report, is_left=True), _what(walk.right, report, is_left=False)],
        "why": "without a counterpart on the other side" if alone else why,
        "settings": [[each.name, *said.values(each), int(each.differs)] for each in walk.settings if each.compared],
        "others": f"not compared as such: {', '.join(others)}" if others else "",
        "weights": [[each.role, _weight(each.left), _weight(each.right), *said.carried(each)] for each in walk.weights],
        "made": computed.of_layer(walk.made) if walk.made is not None else [],
        "silent": [[", ".join(rules), ", ".join(names)] for names, rules in said.by_what(walk.silent).items()],
    }


def _weight(found: Weight | None) -> str:
    return said.weight(found) if found is not None else "nothing"


def _what(half: Half | None, report: Report, *, is_left: bool) -> list[str]:
    if half is None:
        return ["nothing"]
    counted = half.params or half.formula
    formula = [said.formula(half, (report.left if is_left else report.right).framework)] if counted else []
    rows = [f"made of {', '.join(half.rows)}"] if len(half.rows) > 1 else []
    return [f"{half.op} {half.path}", said.flow(half), *formula, *rows, *half.notes]


def _without_names(found: Any, names: tuple[str, ...]) -> Any:
    """The same with signs in place of the names of its layers."""
    if isinstance(found, str):
        for sign, name in zip((LEFT, RIGHT), names, strict=True):
            found = found.replace(name, sign) if name else found
        return found
    if isinstance(found, list):
        return [_without_names(each, names) for each in found]
    return {key: _without_names(each, names) for key, each in found.items()} if isinstance(found, dict) else found
