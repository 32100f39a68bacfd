"""The text of a failed assertion: the answer, both models, the ledger, and the worst findings as ``L`` and ``R``."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from parity.graph import Effect
from parity.policy import is_open, is_real
from parity.reports import _wording as words
from parity.reports._contract import Report
from parity.reports._safe import safe
from parity.rules import Finding

SHOWN = 3
"""Layers that a finding names besides its example."""


def failure_text(found: Report, most: int, path: str = "") -> str:
    """What a failed test shows.

    Args:
        found: the report.
        most: findings that are spelt out, equal ones of several layers as one; the others are counted.
        path: where the full report is, "" if nowhere.
    """
    return "\n".join(_lines(safe(found), most, path))


def _lines(found: Report, most: int, path: str) -> Iterator[str]:
    yield f"{found.verdict.value.upper()}: {words.tally(found)} (profile {found.profile.name})"
    if why := words.why_profile(found):
        yield f"profile {found.profile.name}, since {why}; profile= selects another"
    yield ""
    for letter, side in (("L", found.left), ("R", found.right)):
        total = f"{side.headline.total:,} {words.counted(side)}"
        yield f"{letter}   {side.source}   {side.producer}   {total}"
    yield from _ledger(found)
    groups, follows = _worst(found), words.consequences(found)
    for group in groups[:most]:
        yield from _group(group, [each for root in group for each in follows[root.fingerprint]])
    if not groups and not found.links:
        yield from ("", "No layer has a counterpart: nothing was compared.")
    if rest := groups[most:]:
        yield from ("", f"and {_counted(rest)}")
    if path:
        yield from ("", f"full report: {path}")


def _ledger(found: Report) -> Iterator[str]:
    ledger = found.ledger
    rows = [(f"{ledger.left_total:,}", "L")]
    rows += [(f"{step.delta:+,}", f"{step.rule}, {words.step_words(step)}") for step in ledger.steps]
    rows += [(f"{ledger.remainder:+,}", "LEFT UNEXPLAINED")] if ledger.remainder else []
    rows.append((f"{ledger.right_total:,}", "R"))
    width = max(len(number) for number, _ in rows)
    yield ""
    for number, text in rows:
        yield f"    {number:>{width}}   {text}"


def _worst(found: Report) -> list[list[Finding]]:
    """What is real or undecided, the worst first; findings that say the same of several layers go together."""
    by_effect: dict[Effect, list[Finding]] = defaultdict(list)
    for finding, severity in words.roots(found):
        if is_real(finding, severity) or is_open(finding, severity):
            by_effect[finding.effect].append(finding)
    return [group for effect, findings in by_effect.items() for group in words.grouped(findings, effect)]


def _counted(groups: Sequence[Sequence[Finding]]) -> str:
    places = sum(map(len, groups))
    where = f" in {places:,} places" if places > len(groups) else ""
    return f"{words.plural(len(groups), 'more finding')}{where}"


def _group(group: Sequence[Finding], follows: Sequence[Finding]) -> Iterator[str]:
    """The first layer as an example, what is said of all, and the names of the others."""
    finding, others = group[0], group[1:]
    name = f" {finding.attribute}" if finding.attribute and finding.attribute != finding.rule else ""
    count = f"   {words.plural(len(group), 'layer')}, e.g." if others else ""
    yield ""
    yield f"{finding.rule}{name}{count}"
    layers = (", ".join(finding.left) or "nothing", ", ".join(finding.right) or "nothing")
    valued = finding.left_value is not None or finding.right_value is not None
    width = max(map(len, layers))
    for letter, layer, found in zip("LR", layers, (finding.left_value, finding.right_value), strict=True):
        yield f"{letter}   {layer:<{width}}   {words.value(found)}" if valued else f"{letter}   {layer}"
    if words.values(*group) != words.values(finding):
        yield f"    values of all: {words.values(*group)}"
    for text in (finding.message, *words.remedies(group), *words.follows_in_words(follows)):
        if text:
            yield f"    {text}"
    if others:
        more = f"; and {len(others) - SHOWN:,} more" if len(others) > SHOWN else ""
        yield f"    also {'; '.join(map(words.where, others[:SHOWN]))}{more}"
