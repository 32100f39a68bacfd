"""Both graphs side by side: a row for each pair of layers, and for each layer without a counterpart at its place."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from parity.policy import is_open, is_real
from parity.reports._contract import Box, Report
from parity.rules import Finding, Severity


class Mark(StrEnum):
    """What is to be said of a row, the worst first."""

    DIFFERENT = "different"
    LEFT_ONLY = "left only"
    RIGHT_ONLY = "right only"
    UNDECIDED = "undecided"
    NOTED = "noted"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the layers of both sides, and the findings that are told of them."""

    left: Box | None
    right: Box | None
    mark: Mark
    findings: tuple[Finding, ...]


def arranged(found: Report) -> tuple[Line, ...]:
    """The rows in the order of the left graph; a layer of the right one alone comes after the one before it there."""
    pairs = _pairs(found)
    told: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding, _ in found.findings:
        told[finding.layers].append(finding)
    judged = {finding.fingerprint: severity for finding, severity in found.findings}
    lines = []
    for left, right in pairs:
        findings = told.get((left.path if left else "", right.path if right else ""), ())
        own = tuple((finding, judged[finding.fingerprint]) for finding in findings)
        lines.append(Line(left, right, _mark(left, right, own, found), tuple(findings)))
    return tuple(lines)


def _pairs(found: Report) -> list[tuple[Box | None, Box | None]]:
    rights = {box.path: box for box in found.right.boxes}
    counterpart = dict(link.boxes for link in found.links)
    taken = set(counterpart.values())
    after: dict[str, list[Box]] = defaultdict(list)
    last = ""
    for box in found.right.boxes:
        if box.path in taken:
            last = box.path
        else:
            after[last].append(box)
    pairs: list[tuple[Box | None, Box | None]] = [(None, box) for box in after[""]]
    for box in found.left.boxes:
        other = counterpart.get(box.path, "")
        pairs.append((box, rights.get(other)))
        pairs += [(None, alone) for alone in after[other]] if other else []
    return pairs


def _mark(left: Box | None, right: Box | None, findings: tuple[tuple[Finding, Severity], ...], found: Report) -> Mark:
    standing = [each for each in findings if each[0].fingerprint not in found.accepted]
    if right is None:
        return Mark.LEFT_ONLY
    if left is None:
        return Mark.RIGHT_ONLY
    if any(is_real(*each) for each in standing):
        return Mark.DIFFERENT
    if any(is_open(*each) for each in standing):
        return Mark.UNDECIDED
    return Mark.NOTED if findings else Mark.SAME
