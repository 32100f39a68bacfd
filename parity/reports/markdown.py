"""Markdown for a comment on a pull request: the answer, the ledger, what differs, and the rest folded away."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

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
"""Bytes; GitHub takes 65,536 characters of a comment, and 1 MiB of a summary of a job."""

KINDS = 14_000
"""Of them for the findings that do not fit, by rule: no kind of finding is lost."""

CELL = 300
"""Characters of one name, value or sentence."""

MARKER = "<!-- parity report -->"
"""By which a comment is found again, to be written anew."""

TABLE = ["| rule | left / right | values | |", "|---|---|---|---|"]
SIGNS = {State.PASSED: "✅", State.FAILED: "❌", State.BROKEN: "⚠️"}
VERDICTS = {Verdict.EQUIVALENT: "✅", Verdict.DIFFERENT: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def run(found: Run, _: Screen) -> str:
    """As much as fits, most important first, equal findings in one row; of what does not fit how often each rule."""
    found = safe(found)
    lines = _Lines([MARKER, f"## {SIGNS[found.state]} parity: {_text(words.run_line(found))}", ""])
    order = sorted(found.outcomes, key=lambda each: each.state is State.PASSED)
    if len(order) > 1 or found.state is State.BROKEN:
        pairs = [
            f"| {_code(words.name_of(each))} | {SIGNS[each.state]} {each.state.value} | {_said(each)} |"
            for each in order
        ]
        lines.listed(["| pair | result | |", "|---|---|---|"], pairs, "| … | and {} more pairs | |")
    lines.listed([], [f"- {_text(words.note_line(note))}" for note in found.notes], "- … and {} more notes")
    for outcome in order:
        if outcome.report is not None:
            _pair(lines, outcome, outcome.report)
    if lines.left_over:
        count = words.plural(lines.left_over.total(), "finding")
        kinds = ", ".join(f"{code(rule)} {number:,}" for rule, number in lines.left_over.most_common())
        lines.lines += ["", f"**… and {count} more that did not fit; the full report lists all:** {kinds}"]
    return "\n".join(lines.lines) + "\n"


class _Lines:
    """Lines up to the limit; findings that do not fit are counted by rule instead."""

    def __init__(self, lines: list[str]) -> None:
        self.lines: list[str] = []
        self.size = 0
        self.left_over: Counter[str] = Counter()
        self.block(lines)

    def block(self, lines: list[str]) -> bool:
        """Add lines that stand or fall together."""
        size = sum(len(line.encode()) + 1 for line in lines)
        fits = self.size + size <= LIMIT - KINDS
        if fits:
            self.lines += lines
            self.size += size
        return fits

    def listed(self, head: list[str], rows: list[str], more: str) -> None:
        """Add as many rows as half of the place takes, and the number of the others."""
        shown = 0
        if rows and self.block(head):
            while shown < len(rows) and self.size < (LIMIT - KINDS) // 2 and self.block([rows[shown]]):
                shown += 1
            if shown < len(rows):
                self.block([more.format(f"{len(rows) - shown:,}")])

    def section(self, head: list[str], groups: Iterable[tuple[list[Finding], str]], foot: list[str]) -> None:
        """Add the rows of as many groups of findings as fit, between a head and a foot, and count the others."""
        begun = not self.left_over and self.block([*head, *foot])
        if begun and foot:
            del self.lines[-len(foot) :]
        for group, line in groups:
            if not begun or self.left_over or not self.block([line]):
                self.left_over.update(finding.rule for finding in group)
        if begun:
            self.lines += foot


def _text(text: str) -> str:
    """Plain text of a stranger, as much as is of use."""
    return markdown(_clipped(text))


def _code(text: str) -> str:
    return code(_clipped(text))


def _clipped(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def _said(outcome: Outcome) -> str:
    if outcome.report is None:
        return _text(outcome.failure)
    return f"{outcome.report.verdict.value}: {words.tally(outcome.report)}"


def _pair(lines: _Lines, outcome: Outcome, report: Report) -> None:
    sides = [
        f"- {name} {_code(side.source)} · {_text(side.producer)} · **{side.headline.total:,}** {words.counted(side)}"
        for name, side in (("left", report.left), ("right", report.right))
    ]
    title = f"### {_code(outcome.name)}" if outcome.name else "###"
    sign = SIGNS[outcome.state] if outcome.state is State.PASSED else VERDICTS[report.verdict]
    answer = f"{title} {sign} {report.verdict.value} — {words.tally(report)} (profile {report.profile.name})"
    lines.block(["", answer, "", *sides, "", *_ledger(report)])
    follows = words.consequences(report)
    calm: list[tuple[list[Finding], str]] = []
    for heading, effect, found in words.sections(report):
        groups = words.grouped(found, effect)
        rows = [
            (group, _row(group, [each for root in group for each in follows[root.fingerprint]])) for group in groups
        ]
        if effect in words.CALM:
            calm += rows
        elif rows:
            lines.section(["", f"#### {heading}", "", *TABLE], rows, [])
    if report.weights is not None:
        head = ["", f"#### Weights: {tally(report.weights)}", *_weights_head(report)]
        lines.block([*head, *(f"| {' | '.join(map(_text, row(each)))} |" for each in worst(report.weights))])
    _folded(lines, calm, report)
    if said := computed.lines(report):
        lines.block(["", f"**Outputs** {_text('; '.join(said))}"])
    lines.block(["", _text(" ".join((*words.closing(report), *computed.verified(report))))])


def _weights_head(report: Report) -> list[str]:
    if not worst(report.weights or ()):
        return []
    return ["", f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]


def _folded(lines: _Lines, calm: list[tuple[list[Finding], str]], report: Report) -> None:
    if calm:
        count = words.plural(sum(len(group) for group, _ in calm), "finding")
        head = ["", f"<details><summary>{count} that do not change the model</summary>", "", *TABLE]
        lines.section(head, calm, ["", "</details>"])
    if report.accepted:
        groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for each, reason in words.accepted(report):
            groups[each.rule, reason].append(each)
        head = ["", f"<details><summary>{sum(map(len, groups.values()))} accepted</summary>", ""]
        rows = [
            (group, f"- {code(rule)} {_places(group)}: {_text(reason)}") for (rule, reason), group in groups.items()
        ]
        lines.section(head, rows, ["", "</details>"])
    if report.left_out:
        lines.block(["", "Ignored: " + ", ".join(sorted({code(each.rule) for each in report.left_out}))])


def _row(group: list[Finding], follows: list[Finding]) -> str:
    """What is said of layers that go by one line."""
    first, messages = group[0], dict.fromkeys(each.message for each in group)
    message = first.message if len(messages) == 1 else f"e.g. {first.message}"
    said = [message, *words.remedies(group), *words.follows_in_words(follows)]
    text = "<br>".join(_text(each) for each in said if each)
    same = len({words.values(each) for each in group}) == 1
    values = words.values(*group) if same or first.effect not in words.CALM else ""
    return f"| {code(first.rule)} | {_places(group)} | {_code(values)} | {text} |"


def _places(group: list[Finding]) -> str:
    """Where it was found: the first layer by name, and how many there are."""
    place = _code(words.where(group[0]))
    return place if len(group) == 1 else f"{len(group):,} layers, first {place}"


def _ledger(report: Report) -> Iterator[str]:
    ledger = report.ledger
    yield "| elements | |"
    yield "|--:|---|"
    yield f"| {ledger.left_total:,} | left, {words.COUNTERS[report.left.framework]} |"
    for step in ledger.steps:
        yield f"| {step.delta:+,} | {code(step.rule)}, {words.step_words(step)} |"
    rest = "nothing is left unexplained" if not ledger.remainder else f"**{ledger.remainder:+,} are left unexplained**"
    yield f"| {ledger.right_total:,} | right, {words.COUNTERS[report.right.framework]}; {rest} |"
    yield from ("", f"Left / right by class: {_text(words.by_class(report))}")


RENDERER = Renderer("markdown", "a comment on a pull request", run, summary=summary)
