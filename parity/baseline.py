"""Differences that a project had when it began to be checked: they pass, new ones do not; reports <-> a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from parity.comparison import Facet
from parity.errors import UsageError
from parity.policy import STALE, is_open, is_real
from parity.reports import Note, Place, Report
from parity.rules import Finding, Severity, plain
from parity.suppression import with_consequences

FORMAT, VERSION = "parity-baseline", 1
REASON = "in the baseline"
SHOWN = 3
"""Stale entries that are named."""

MEASURED = {Facet.WEIGHTS, Facet.OUTPUTS}
"""What is found there tells how far numbers are apart, which another machine rounds in another way."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as it was: by its fingerprint, and by what stood on both sides, so that a change of that is new.

    Attributes:
        fingerprint: of the finding, which no wording changes.
        rule: for people.
        where: both layers, for people.
        values: what stood on both sides; "" where that is measured.
    """

    fingerprint: str
    rule: str
    where: str
    values: str


@dataclass
class Baseline:
    """What was found before, by the names of the pairs.

    Attributes:
        file: where it is kept.
        pairs: the entries of each pair.
        stale: entries that were looked for and not found, filled while reports are looked at.
    """

    file: str
    pairs: Mapping[str, Sequence[Entry]]
    stale: dict[str, list[Entry]] = field(default_factory=dict)

    def accept(self, pair: str, report: Report) -> Report:
        """The report with those findings accepted that the baseline has, and what follows from them."""
        known = {(each.fingerprint, each.values): each for each in self.pairs.get(pair, ())}
        accepted: dict[str, str] = {}
        for finding, _ in report.findings:
            if known.pop((finding.fingerprint, _values(finding)), None) is not None:
                accepted[finding.fingerprint] = REASON
        if known:
            self.stale[pair] = list(known.values())
        found = with_consequences(report, accepted)
        return replace(report, accepted={**found, **report.accepted})

    def notes(self, severity: Severity, *, pairs: Sequence[str], partial: bool) -> tuple[Note, ...]:
        """What is to be said of entries that nothing is found for any more.

        Args:
            severity: of these notes.
            pairs: the pairs that there are.
            partial: these are not all that there are.
        """
        gone = {} if partial else {name: each for name, each in self.pairs.items() if name not in pairs and each}
        said = [f"{_count(each)} for {name}: {_named(each)}" for name, each in self.stale.items()]
        said += [f"{_count(each)} for {name}: this pair no longer exists" for name, each in gone.items()]
        how = "rewrite it with --write-baseline"
        return tuple(Note(STALE, severity, f"the baseline has {each}; {how}", Place(self.file, 1)) for each in said)


def load(file: str) -> Baseline:
    """Read a baseline.

    Raises:
        UsageError: it is not there, is none, or is of another version of the format.
    """
    remedy = "rewrite it with --write-baseline"
    subject = f"cannot use the baseline {file!r}"
    try:
        data = json.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise UsageError(subject, str(error.strerror), remedy="write it with --write-baseline") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UsageError(subject, "it is not JSON", remedy=remedy) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(subject, "it is not a baseline", remedy=remedy)
    if data.get("version") != VERSION:
        found = f"version {data.get('version')!r}"[:40]
        raise UsageError(subject, f"its format version is not {VERSION}", found=found, remedy=remedy)
    try:
        pairs = {str(name): tuple(_entry(each) for each in found) for name, found in data["pairs"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(subject, "an entry is damaged", remedy=remedy) from error
    return Baseline(file, pairs)


def _entry(data: Mapping[str, Any]) -> Entry:
    return Entry(*(str(data[name]) for name in ("fingerprint", "rule", "where", "values")))


def entries(report: Report, fail_on: str) -> tuple[Entry, ...]:
    """All of a report that would keep a gate closed, but for what follows from another finding."""
    levels = {"error": (), "never": (), "warning": (Severity.WARNING,)}.get(fail_on, tuple(Severity))
    standing = {
        finding.fingerprint: finding
        for finding, severity in report.findings
        if report.accepted.get(finding.fingerprint, REASON) == REASON
        and (is_real(finding, severity) or is_open(finding, severity) or severity in levels)
    }
    return tuple(
        Entry(finding.fingerprint, finding.rule, _where(finding), _values(finding))
        for finding in standing.values()
        if finding.caused_by not in standing
    )


def text(pairs: Mapping[str, Sequence[Entry]]) -> str:
    """The file: an entry a line, in an order that does not depend on that of the findings."""
    lines = []
    for name in sorted(pairs):
        ordered = sorted(pairs[name], key=lambda each: (each.rule, each.where, each.fingerprint))
        rows = ",\n".join(f"   {json.dumps(_document(each))}" for each in ordered)
        lines.append(f"  {json.dumps(name)}: [\n{rows}\n  ]" if rows else f"  {json.dumps(name)}: []")
    head = f'{{\n "format": {json.dumps(FORMAT)},\n "version": {VERSION},\n "pairs": {{\n'
    return head + ",\n".join(lines) + "\n }\n}\n"


def _document(entry: Entry) -> dict[str, str]:
    return {"rule": entry.rule, "where": entry.where, "values": entry.values, "fingerprint": entry.fingerprint}


def _where(finding: Finding) -> str:
    return " / ".join(", ".join(side) or "nothing" for side in (finding.left, finding.right))


def _values(finding: Finding) -> str:
    if finding.facet in MEASURED or (finding.left_value is None and finding.right_value is None):
        return ""
    return f"{plain(finding.left_value)} / {plain(finding.right_value)}"


def _count(found: Sequence[Entry]) -> str:
    return f"{len(found)} {'entry' if len(found) == 1 else 'entries'}"


def _named(found: Sequence[Entry]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    verb = "occurs" if len(found) == 1 else "occur"
    return ", ".join(f"{each.rule} at {each.where}" for each in found[:SHOWN]) + f"{more} no longer {verb}"
