"""Text for a person: the verdict first, then why the totals differ, then what to do about the rest."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.graph import Effect
from parity.reports import _wording as words
from parity.reports._contract import Ledger, Report, Run, Side, State, Verdict
from parity.reports._paint import paint
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._text_summary import summary
from parity.reports._text_walk import explained, table
from parity.rules import Finding

COLOURS = {Verdict.EQUIVALENT: "bold green", Verdict.DIFFERENT: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}
STATES = {State.PASSED: "green", State.FAILED: "bold red", State.BROKEN: "bold red"}

MORE = "More: --full, --layers, parity explain LEFT RIGHT LAYER, parity rule NAME."
"""Where there is more to read than fits on a screen."""


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
            parts += [Text(), Text(f"  {words.name_of(each)}", "bold underline"), *_parts(each.report, screen)]
    parts += [Text(f"  {words.note_line(note)}", "yellow") for note in found.notes]
    state = Text(f"  {found.state.value.upper()}", STATES[found.state]).append(f"   {words.run_line(found)}", "default")
    return paint([*parts, Text(), state, Text()], screen)


def report(found: Report, screen: Screen) -> str:
    """The report of a comparison."""
    return paint(_parts(safe(found), screen), screen)


def _parts(found: Report, screen: Screen) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(), _verdict(found), Text(), _sides(found)]
    parts += [Text(), *_ledger(found)]
    for effect in words.HEADINGS:
        parts += _section(found, effect, screen)
    parts += _set_aside(found)
    if screen.layers:
        parts += [Text(), Text("  Layer by layer", style="bold"), *table(found, screen, every=True)]
    said = [words.closing(found)] + ([] if screen.full or not found.findings else [MORE])
    return [*parts, Text(), *(Padding(Text(each), (0, 0, 0, 2)) for each in said)]


def _verdict(found: Report) -> RenderableType:
    text = Text(found.verdict.value.upper(), COLOURS[found.verdict])
    text.append(f"   {words.tally(found)}   profile {found.profile.name}", "default")
    if found.chosen and found.profile.name != "train":
        text.append(" (a side is a file for inference)", "default")
    return Padding(text, (0, 0, 0, 2))


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
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"      {ledger.left_total:,}", f"left, {words.COUNTERS[found.left.framework]}", "")
    for step in ledger.steps:
        table.add_row(f"{step.delta:+,}", step.rule, words.step_words(step))
    if ledger.remainder:
        table.add_row(f"{ledger.remainder:+,}", "LEFT UNEXPLAINED", "an error")
    table.add_row(f"{ledger.right_total:,}", f"right, {words.COUNTERS[found.right.framework]}", "")
    return [Text(f"  {title}", style="bold"), table, Padding(Text(words.balance(found)), (0, 0, 0, 6))]


def _section(found: Report, effect: Effect, screen: Screen) -> list[RenderableType]:
    follows = words.consequences(found)
    first = [finding for finding, _ in words.roots(found) if finding.effect is effect]
    if not first:
        return []
    parts: list[RenderableType] = [Text(), Text(f"  {words.HEADINGS[effect]}", style="bold")]
    groups = words.grouped(first, effect)
    short = [] if screen.full or effect is not Effect.BOOKKEEPING else [group for group in groups if not _counts(group)]
    for group in groups:
        if group in short:
            continue
        parts.append(Padding(_headline(group), (0, 0, 0, 4)))
        said = words.each_said(group) if screen.full else _said(group)
        said += words.follows_in_words([each for root in group for each in follows[root.fingerprint]])
        parts += [Padding(Text(line, style="dim"), (0, 0, 0, 8)) for line in said]
    if short:
        parts.append(Padding(Text(", ".join(_in_short(group) for group in short), "cyan"), (0, 0, 0, 4)))
    return parts


def _counts(group: Sequence[Finding]) -> bool:
    """Whether a step of the ledger is of these findings."""
    return any(each.delta for each in group)


def _in_short(group: Sequence[Finding]) -> str:
    return group[0].rule if len(group) == 1 else f"{group[0].rule} ({len(group)} layers)"


def _said(group: Sequence[Finding]) -> list[str]:
    """What is said of layers of which the same is to be said: where, why, and what to do."""
    remedies = list(dict.fromkeys(each.remedy for each in group if each.remedy))
    to_do = [f"-> {each}" for each in _example(remedies)]
    messages = list(dict.fromkeys(each.message for each in group))
    if len(messages) <= min(words.SHOWN, len(group) - 1):
        return [*_places(group), *messages, *to_do]
    # It is another thing of each layer: where the model is the same, what to do about all of them says enough, and
    # so does the name of the rule unless the totals differ by it.
    enough = len(group) > 1 and group[0].effect in words.CALM and (len(remedies) == 1 or not _counts(group))
    return [*_places(group), *([] if enough else _example(messages)), *to_do]


def _example(texts: Sequence[str]) -> list[str]:
    """The first of several, marked as such where there are more."""
    return [f"for example: {texts[0]}"] if len(texts) > 1 else list(texts)


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
    first = group[0]
    if len(group) == 1 or not (first.left or first.right) or first.effect in words.CALM:
        return []
    many = len(group) > words.SHOWN
    return [f"{words.where(first)}, and {len(group) - 1} more"] if many else [words.where(each) for each in group]


RENDERER = Renderer("text", "for people", run, report, summary, explained)
