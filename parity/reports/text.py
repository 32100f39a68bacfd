"""Text for a person: the verdict first, then why the totals differ, then what to do about the rest."""

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.graph import Mode
from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._contract import Ledger, Report, Run, Side, State, Verdict
from parity.reports._paint import paint
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._text_findings import accepted, folded, sections
from parity.reports._text_summary import summary
from parity.reports._text_walk import explained, table
from parity.reports._weights import HEADINGS, row, sorted_tensors, tally, worst

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
        if each.report is not None and (each.state is not State.PASSED or screen.passed):
            parts += [Text(), Text(f"  {words.name_of(each)}", "bold underline"), *_parts(each.report, screen)]
    parts += [Text(f"  {words.note_line(note)}", "yellow") for note in found.notes]
    state = Text(f"  {found.state.value.upper()}", STATES[found.state]).append(f"   {words.run_line(found)}", "default")
    return paint([*parts, Text(), state, Text()], screen)


def report(found: Report, screen: Screen) -> str:
    """The report of a comparison."""
    return paint(_parts(safe(found), screen), screen)


def _parts(found: Report, screen: Screen) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(), _verdict(found), _sides(found), Text(), *_ledger(found, screen)]
    parts += [*sections(found, screen), *_weights(found, screen), *_outputs(found), *_set_aside(found, screen)]
    if screen.layers:
        parts += [Text(), Text("  Layer by layer", style="bold"), *table(found, screen, every=True)]
    said = [*words.closing(found), *computed.verified(found), *_asked(found, screen)]
    return [*parts, Text(), *(Padding(Text(each), (0, 0, 0, 2)) for each in said)]


def _asked(found: Report, screen: Screen) -> list[str]:
    """The question, and how to see what does not fit on a screen."""
    why = words.why_profile(found)
    asked = f"Profile {found.profile.name}{f', since {why}' if why else ''}."
    if screen.full or not found.findings:
        return [asked]
    rest = folded(found)
    more = f"More: --full{f' ({rest} folded)' if rest else ''}, --layers; parity explain, rule."
    return [asked, more] if why else [f"{asked} {more}"]


def _verdict(found: Report) -> RenderableType:
    text = Text(found.verdict.value.upper(), COLOURS[found.verdict])
    text.append(f"   {words.tally(found)}", "default")
    return Padding(text, (0, 0, 0, 2))


def _sides(found: Report) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, side in (("left", found.left), ("right", found.right)):
        table.add_row(f"  {name}", f"{side.source}   {side.producer}{_mode(side)}")
    return table


def _mode(side: Side) -> str:
    return ", saved in training mode" if side.mode is Mode.TRAINING else ""


def _missing(side: Side) -> str:
    return f", without {words.plural(len(side.uncounted), 'layer')} that could not be counted" if side.uncounted else ""


def _ledger(found: Report, screen: Screen) -> list[RenderableType]:
    """Both totals, the steps between them, and what no step explains."""
    ledger: Ledger = found.ledger
    same = ledger.left_total == ledger.right_total and not ledger.steps
    steps = [(step.rule, step.delta, words.step_words(step)) for step in ledger.steps]
    if ledger.remainder:
        steps.append(("LEFT UNEXPLAINED", ledger.remainder, "an error"))
    widest = max((len(rule) for rule, *_ in steps), default=0)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"      {ledger.left_total:,}", _total("left", found.left))
    for rule, delta, what in steps:
        table.add_row(f"{delta:+,}", f"{rule:<{widest}}  {what}")
    table.add_row(f"{ledger.right_total:,}", _total("right", found.right))
    title = "The totals agree" if same else "Why the totals differ"
    by_class = [Padding(Text(f"Left / right by class: {words.by_class(found)}."), (0, 0, 0, 6))] if screen.full else []
    return [Text(f"  {title}", "bold").append(f"; {words.unexplained(found)}", "default"), table, *by_class]


def _total(name: str, side: Side) -> str:
    return f"{name}, {words.COUNTERS[side.framework]}: {words.split(side)}{_missing(side)}"


def _weights(found: Report, screen: Screen) -> list[RenderableType]:
    """What came of the numbers, the worst first."""
    if found.weights is None:
        return []
    shown = sorted_tensors(found.weights) if screen.full else worst(found.weights)
    head = Text("  Weights", "bold").append(f"   {tally(found.weights)}", "default")
    if not shown:
        return [Text(), head]
    made = Table.grid(padding=(0, 2))
    for number, heading in enumerate(HEADINGS):
        made.add_column(overflow="fold", no_wrap=number == 0, justify="right" if "relative" in heading else "left")
    for each in shown:
        state, *rest = row(each)
        made.add_row(f"    {state}", *rest)
    return [Text(), head, made]


def _outputs(found: Report) -> list[RenderableType]:
    """What both models compute: how far it is apart, where that begins, and what the causes count for."""
    said = computed.lines(found)
    if not said:
        return []
    given = f" (inputs: {found.outputs.inputs})" if found.outputs is not None else ""
    head = Text("  Outputs", "bold").append(f"   {said[0]}{given}", "default")
    return [Text(), head, *(Padding(Text(each), (0, 0, 0, 6)) for each in said[1:])]


def _set_aside(found: Report, screen: Screen) -> list[RenderableType]:
    """What is accepted, with the reason, and what the user chose not to be told."""
    parts: list[RenderableType] = []
    if found.accepted:
        parts += [Text(), Text("  Accepted", style="bold"), *accepted(found, screen)]
    if found.left_out:
        rules = ", ".join(sorted({finding.rule for finding in found.left_out}))
        parts += [Text(), Padding(Text(f"Ignored: {rules}"), (0, 0, 0, 2))]
    return parts


RENDERER = Renderer("text", "for people", run, report, summary, explained)
