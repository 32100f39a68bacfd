"""Text for a person: the verdict first, then why the totals differ, then what to do about the rest."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.graph import Effect
from parity.reports import _wording as words
from parity.reports._contract import Ledger, Renderer, Report, Run, Screen, Side, State, Verdict
from parity.reports._paint import paint
from parity.reports._safe import safe
from parity.reports._text_summary import summary
from parity.reports._text_walk import explained
from parity.rules import Finding

COLOURS = {Verdict.EQUIVALENT: "bold green", Verdict.DIFFERENT: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}
STATES = {State.PASSED: "green", State.FAILED: "bold red", State.BROKEN: "bold red"}


def run(found: Run, screen: Screen) -> str:
    """Every pair in one line, and the reports of those that did not pass."""
    found = safe(found)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in found.outcomes:
        state = Text(f"  {each.state.value}", STATES[each.state])
        table.add_row(state, Text(f"{words.name_of(each)}   {words.outcome_line(each)}"))
    parts: list[RenderableType] = [Text(), table]
    for each in found.outcomes:
        if each.report is not None and (each.state is not State.PASSED or len(found.outcomes) == 1):
            parts += [Text(), Text(f"  {words.name_of(each)}", "bold underline"), *_parts(each.report)]
    parts += [Text(f"  {words.note_line(note)}", "yellow") for note in found.notes]
    state = Text(f"  {found.state.value.upper()}", STATES[found.state]).append(f"   {words.run_line(found)}", "default")
    return paint([*parts, Text(), state, Text()], screen)


def report(found: Report, screen: Screen) -> str:
    """The report of a comparison."""
    return paint(_parts(safe(found)), screen)


def _parts(found: Report) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(), _verdict(found), Text(), _sides(found)]
    parts += [Text(), *_ledger(found)]
    for effect in words.HEADINGS:
        parts += _section(found, effect)
    parts += _set_aside(found)
    return [*parts, Text(), Padding(Text(words.closing(found)), (0, 0, 0, 2)), Text()]


def _verdict(found: Report) -> Text:
    text = Text("  ")
    text.append(found.verdict.value.upper(), style=COLOURS[found.verdict])
    text.append(f"   {words.tally(found)}   profile {found.profile.name}")
    if found.chosen and found.profile.name != "train":
        text.append(" (a side is a file for inference)")
    return text


def _sides(found: Report) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, side in (("left", found.left), ("right", found.right)):
        table.add_row(f"  {name}", f"{side.source}   {side.producer}")
        table.add_row(
            "", f"{side.headline.total:,} {words.COUNTERS[side.framework]}: {words.split(side)}{_missing(side)}"
        )
    return table


def _missing(side: Side) -> str:
    return f", without {words.plural(len(side.uncounted), 'layer')} that could not be counted" if side.uncounted else ""


def _ledger(found: Report) -> list[RenderableType]:
    ledger: Ledger = found.ledger
    same = ledger.left_total == ledger.right_total
    title = "The totals agree" if same and not ledger.steps else "Why the totals differ"
    table = Table.grid(padding=(0, 3))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"      {ledger.left_total:,}", f"left, {words.COUNTERS[found.left.framework]}", "")
    for step in ledger.steps:
        table.add_row(f"{step.delta:+,}", step.rule, words.step_words(step))
    rest = "nothing is left unexplained" if not ledger.remainder else f"{ledger.remainder:+,} ARE LEFT UNEXPLAINED"
    table.add_row(f"{ledger.right_total:,}", f"right, {words.COUNTERS[found.right.framework]}", rest)
    return [Text(f"  {title}", style="bold"), table, Padding(Text(words.by_class(found)), (0, 0, 0, 6))]


def _section(found: Report, effect: Effect) -> list[RenderableType]:
    follows = words.consequences(found)
    first = [finding for finding, _ in words.roots(found) if finding.effect is effect]
    if not first:
        return []
    parts: list[RenderableType] = [Text(), Text(f"  {words.HEADINGS[effect]}", style="bold")]
    for group in words.grouped(first, effect):
        parts.append(Padding(_headline(group), (0, 0, 0, 4)))
        said = [*_places(group), group[0].message] + ([group[0].remedy] if group[0].remedy else [])
        said += words.follows_in_words([each for root in group for each in follows[root.fingerprint]])
        parts += [Padding(Text(line, style="dim"), (0, 0, 0, 8)) for line in said]
    return parts


def _set_aside(found: Report) -> list[RenderableType]:
    """What is accepted, with the reason, and what the user chose not to be told."""
    parts: list[RenderableType] = []
    if found.accepted:
        parts += [Text(), Text("  Accepted", style="bold")]
        for finding, reason in words.accepted(found):
            parts.append(Padding(_headline([finding]), (0, 0, 0, 4)))
            parts.append(Padding(Text(reason, style="dim"), (0, 0, 0, 8)))
    if found.left_out:
        rules = ", ".join(sorted({finding.rule for finding in found.left_out}))
        parts += [Text(), Padding(Text(f"Left out as asked: {rules}"), (0, 0, 0, 2))]
    return parts


def _headline(group: Sequence[Finding]) -> Text:
    first = group[0]
    text = Text()
    text.append(first.rule, style="cyan")
    if first.effect not in words.CALM and words.values(first):
        text.append(f"   {words.values(first)}", style="bold")
    if first.left or first.right:
        text.append(f"   {words.where(first)}" if len(group) == 1 else f"   {len(group)} layers")
    return text


def _places(group: Sequence[Finding]) -> list[str]:
    """The layers of a finding that several have, the first few by name."""
    if len(group) == 1 or not (group[0].left or group[0].right):
        return []
    named = [words.where(each) for each in group] if len(group) <= words.SHOWN else [words.where(group[0])]
    return [*named[:-1], named[-1] + (f", and {len(group) - 1} more" if len(group) > words.SHOWN else "")]


RENDERER = Renderer("text", "for people", run, report, summary, explained)
