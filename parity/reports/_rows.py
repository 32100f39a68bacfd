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
    told = _told(found, pairs)
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


def _told(found: Report, pairs: list[tuple[Box | None, Box | None]]) -> dict[tuple[str, str], list[Finding]]:
    """The findings of each row: of the row with both layers that it names, else with one of them."""
    by_names: dict[tuple[str, str], tuple[str, str]] = {}
    by_name: dict[tuple[bool, str], tuple[str, str]] = {}
    for left, right in pairs:
        key = (left.path if left else "", right.path if right else "")
        by_names.setdefault((left.name if left else "", right.name if right else ""), key)
        for is_left, box in ((True, left), (False, right)):
            if box is not None:
                by_name.setdefault((is_left, box.name), key)
    told: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding, _ in found.findings:
        left_name, right_name = (names[0] if names else "" for names in (finding.left, finding.right))
        key_found = by_names.get((left_name, right_name))
        key_found = key_found or by_name.get((True, left_name)) or by_name.get((False, right_name))
        if key_found is not None:
            told[key_found].append(finding)
    return told


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
