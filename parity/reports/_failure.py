"""The text of a failed assertion: the answer, both models, the ledger, and the worst findings as ``L`` and ``R``."""

from collections.abc import Iterator

from parity.policy import is_open, is_real
from parity.reports import _wording as words
from parity.reports._contract import Report
from parity.reports._safe import safe
from parity.rules import Finding


def failure_text(found: Report, most: int, path: str = "") -> str:
    """What a failed test shows.

    Args:
        found: the report.
        most: findings that are spelt out; the others are counted.
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
    worst = [
        finding for finding, severity in words.roots(found) if is_real(finding, severity) or is_open(finding, severity)
    ]
    follows = words.consequences(found)
    for finding in worst[:most]:
        yield from _finding(finding, follows.get(finding.fingerprint, []))
    if not worst and not found.links:
        yield from ("", "No layer has a counterpart: nothing was compared.")
    rest = len(worst) - most
    if rest > 0:
        yield from ("", f"and {words.plural(rest, 'finding')} more")
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


def _finding(finding: Finding, follows: list[Finding]) -> Iterator[str]:
    name = f" {finding.attribute}" if finding.attribute and finding.attribute != finding.rule else ""
    yield ""
    yield f"{finding.rule}{name}"
    layers = (", ".join(finding.left) or "nothing", ", ".join(finding.right) or "nothing")
    valued = finding.left_value is not None or finding.right_value is not None
    width = max(map(len, layers))
    for letter, layer, found in zip("LR", layers, (finding.left_value, finding.right_value), strict=True):
        yield f"{letter}   {layer:<{width}}   {words.value(found)}" if valued else f"{letter}   {layer}"
    for text in (finding.message, finding.remedy, *words.follows_in_words(follows)):
        if text:
            yield f"    {text}"
