"""Markdown for a comment on a pull request: the answer, the ledger, what differs, and the rest folded away."""

from collections.abc import Iterator

from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._contract import Outcome, Report, Run, State, Verdict
from parity.reports._escape import code, markdown
from parity.reports._markdown_summary import summary
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._weights import HEADINGS, row, tally, worst
from parity.rules import Finding

LIMIT = 60_000
"""Bytes; GitHub takes 65,536 characters."""

MARKER = "<!-- parity report -->"
"""By which a comment is found again, to be written anew."""

TABLE = ["| rule | left / right | values | |", "|---|---|---|---|"]
SIGNS = {State.PASSED: "✅", State.FAILED: "❌", State.BROKEN: "⚠️"}
VERDICTS = {Verdict.EQUIVALENT: "✅", Verdict.DIFFERENT: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def run(found: Run, _: Screen) -> str:
    """As much as fits, most important first, and the number of findings that do not."""
    found = safe(found)
    head = [MARKER, f"## {SIGNS[found.state]} parity: {markdown(words.run_line(found))}", ""]
    if len(found.outcomes) > 1 or found.state is State.BROKEN:
        head += ["| pair | result | |", "|---|---|---|"]
        head += [
            f"| {code(words.name_of(each))} | {SIGNS[each.state]} {each.state.value} | {_said(each)} |"
            for each in found.outcomes
        ]
    head += [f"- {markdown(words.note_line(note))}" for note in found.notes]
    lines = _Lines(head)
    order = sorted(found.outcomes, key=lambda each: each.state is State.PASSED)
    for outcome in order:
        if outcome.report is not None:
            _pair(lines, outcome, outcome.report)
    if lines.left_over:
        lines.lines += [
            "",
            f"**… and {words.plural(lines.left_over, 'finding')} more that did not fit; the full report has all.**",
        ]
    return "\n".join(lines.lines) + "\n"


class _Lines:
    """Lines up to the limit; a finding that does not fit is counted instead."""

    def __init__(self, lines: list[str]) -> None:
        self.lines: list[str] = []
        self.size, self.left_over = 0, 0
        for line in lines:
            self.block([line])

    def fits(self, lines: list[str]) -> bool:
        return self.size + sum(len(line.encode()) + 1 for line in lines) <= LIMIT

    def block(self, lines: list[str]) -> bool:
        """Add lines that stand or fall together."""
        fits = self.fits(lines)
        if fits:
            self.lines += lines
            self.size += sum(len(line.encode()) + 1 for line in lines)
        return fits

    def section(self, head: list[str], findings: list[str], foot: list[str]) -> None:
        """Add as many findings as fit, between a head and a foot, and count the others."""
        begun = not self.left_over and self.block(head)
        for at, line in enumerate(findings):
            if not begun or not self.block([line]):
                self.left_over += len(findings) - at
                break
        if begun:
            self.lines += foot


def _said(outcome: Outcome) -> str:
    if outcome.report is None:
        return markdown(outcome.failure)
    return f"{outcome.report.verdict.value}: {words.tally(outcome.report)}"


def _pair(lines: _Lines, outcome: Outcome, report: Report) -> None:
    sides = [
        f"- {name} {code(side.source)} · {markdown(side.producer)} · **{side.headline.total:,}** {words.counted(side)}"
        for name, side in (("left", report.left), ("right", report.right))
    ]
    title = f"### {code(outcome.name)}" if outcome.name else "###"
    sign = SIGNS[outcome.state] if outcome.state is State.PASSED else VERDICTS[report.verdict]
    answer = f"{title} {sign} {report.verdict.value} — {words.tally(report)} (profile {report.profile.name})"
    lines.block(["", answer, "", *sides, "", *_ledger(report)])
    follows = words.consequences(report)
    calm: list[Finding] = []
    for heading, effect, found in words.sections(report):
        if effect in words.CALM:
            calm += found
        elif found:
            rows = [_row(finding, follows.get(finding.fingerprint, [])) for finding in found]
            lines.section(["", f"#### {heading}", "", *TABLE], rows, [])
    if report.weights is not None:
        head = ["", f"#### Weights: {tally(report.weights)}", *_weights_head(report)]
        rows = [f"| {' | '.join(map(markdown, row(each)))} |" for each in worst(report.weights)]
        lines.section(head, rows, [])
    _folded(lines, calm, report)
    if said := computed.lines(report):
        lines.block(["", f"**Outputs** {markdown('; '.join(said))}"])
    lines.block(["", markdown(" ".join((*words.closing(report), *computed.verified(report))))])


def _weights_head(report: Report) -> list[str]:
    if not worst(report.weights or ()):
        return []
    return ["", f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]


def _folded(lines: _Lines, calm: list[Finding], report: Report) -> None:
    if calm:
        title = f"{words.plural(len(calm), 'finding')} that leave the model the same"
        head = ["", f"<details><summary>{title}</summary>", "", *TABLE]
        lines.section(head, [_row(finding, []) for finding in calm], ["", "</details>"])
    if report.accepted:
        reasons = words.accepted(report)
        head = ["", f"<details><summary>{len(reasons)} accepted</summary>", ""]
        rows = [f"- {code(each.rule)} {code(words.where(each))}: {markdown(reason)}" for each, reason in reasons]
        lines.section(head, rows, ["", "</details>"])
    if report.left_out:
        lines.block(["", "Left out as asked: " + ", ".join(sorted({code(each.rule) for each in report.left_out}))])


def _row(finding: Finding, follows: list[Finding]) -> str:
    said = [finding.message, finding.remedy, *words.follows_in_words(follows)]
    text = "<br>".join(markdown(each) for each in said if each)
    return f"| {code(finding.rule)} | {code(words.where(finding))} | {code(words.values(finding))} | {text} |"


def _ledger(report: Report) -> Iterator[str]:
    ledger = report.ledger
    yield "| elements | |"
    yield "|--:|---|"
    yield f"| {ledger.left_total:,} | left, {words.COUNTERS[report.left.framework]} |"
    for step in ledger.steps:
        yield f"| {step.delta:+,} | {code(step.rule)}, {words.step_words(step)} |"
    rest = "nothing is left unexplained" if not ledger.remainder else f"**{ledger.remainder:+,} are left unexplained**"
    yield f"| {ledger.right_total:,} | right, {words.COUNTERS[report.right.framework]}; {rest} |"
    yield from ("", f"Left / right by class: {markdown(words.by_class(report))}")


RENDERER = Renderer("markdown", "a comment on a pull request", run, summary=summary)
