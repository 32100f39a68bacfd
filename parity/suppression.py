"""Differences that somebody has looked at and accepted, with a reason, until a day: report -> report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from parity.policy import EXPIRED, UNUSED
from parity.reports import Note, Place, Report
from parity.rules import Finding, Severity


@dataclass(frozen=True)
class Suppression:
    """An accepted difference.

    Attributes:
        rule: the rule whose findings are accepted.
        reason: why; required.
        pair: the pair it applies to; "" for all.
        layer: the layers it applies to, as a pattern for paths on either side; "" for all. ``*`` matches anything
            within a name, ``**`` for anything at all, ``?`` for one character; ``head/**`` takes ``head`` as well.
        delta: how many elements the findings must add up to; None for any number.
        until: the last day.
        place: where it is configured.
    """

    rule: str
    reason: str
    pair: str = ""
    layer: str = ""
    delta: int | None = None
    until: date | None = None
    place: Place | None = None

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and today > self.until

    def takes(self, pair: str, finding: Finding) -> bool:
        """Whether a finding is one of those it is about."""
        if self.rule != finding.rule or self.pair not in {"", pair}:
            return False
        return not self.layer or any(matches(self.layer, path) for path in (*finding.left, *finding.right))


@dataclass
class Book:
    """Suppressions, and what has become of each while reports were looked at."""

    suppressions: Sequence[Suppression]
    today: date
    used: set[int] = field(default_factory=set)
    missed: dict[int, int] = field(default_factory=dict)
    """The number of elements that was found in place of ``delta``."""

    def accept(self, pair: str, report: Report) -> Report:
        """The report with the reasons of those findings that are accepted, and of all that follows from them."""
        accepted: dict[str, str] = {}
        for at, each in enumerate(self.suppressions):
            found = [finding for finding, _ in report.findings if each.takes(pair, finding)]
            if not found or each.is_expired(self.today):
                continue
            total = sum(finding.delta for finding in found)
            if each.delta is not None and total != each.delta:
                self.missed[at] = total
                continue
            self.used.add(at)
            accepted |= {finding.fingerprint: each.reason for finding in found}
        return replace(report, accepted=with_consequences(report, accepted))

    def notes(self, unused: Severity, expired: Severity, *, pairs: Sequence[str], partial: bool) -> tuple[Note, ...]:
        """What is to be said of those that are expired or that nothing was found for.

        Args:
            unused: the severity of the one.
            expired: and of the other.
            pairs: the pairs that were looked at.
            partial: these are not all pairs that there are.
        """
        notes = []
        for at, each in enumerate(self.suppressions):
            if each.pair and each.pair not in pairs:
                continue
            if each.is_expired(self.today):
                message = f"the suppression of {_words(each)} expired on {each.until}: review it, or remove it"
                notes.append(Note(EXPIRED, expired, message, each.place))
            elif at not in self.used and (each.pair or not partial):
                message = f"the suppression of {_words(each)} is unused: {self._why(at)}"
                notes.append(Note(UNUSED, unused, message, each.place))
        return tuple(notes)

    def _why(self, at: int) -> str:
        if at not in self.missed:
            return "no finding matched; remove it"
        return f"it is for {self.suppressions[at].delta:+,} elements, and {self.missed[at]:+,} were found"


def accepting(report: Report, suppressions: Sequence[Suppression]) -> Report:
    """The report of a comparison that no configuration names, with the reasons of what is accepted in it.

    All suppressions are for it, whichever pair they name.
    """
    if not suppressions:
        return report
    book = Book([replace(each, pair="") for each in suppressions], datetime.now(UTC).date())
    return book.accept("", report)


def with_consequences(report: Report, accepted: Mapping[str, str]) -> dict[str, str]:
    """Reasons by fingerprint, with those findings that follow from an accepted one."""
    follows = {
        finding.fingerprint: accepted[finding.caused_by]
        for finding, _ in report.findings
        if finding.caused_by is not None and finding.caused_by in accepted
    }
    return {**follows, **accepted}


def matches(pattern: str, path: str) -> bool:
    """Whether a layer's path is one that a pattern is for.

    >>> matches("head/**", "head"), matches("layer1.*", "layer1.0"), matches("layer1.*", "layer1.0.conv")
    (True, True, False)
    """
    inside = re.fullmatch(r"(.+)[/.]\*\*", pattern)
    if inside and matches(inside[1], path):
        return True
    words = {"**": ".*", "*": "[^/.]*", "?": "[^/.]"}
    parts = (words.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return re.fullmatch("".join(parts), path, re.DOTALL) is not None


def _words(suppression: Suppression) -> str:
    text = suppression.rule
    text += f" at {suppression.layer}" if suppression.layer else ""
    return text + (f" in {suppression.pair}" if suppression.pair else "")
