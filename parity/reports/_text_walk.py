"""One pair of layers side by side with all that was looked at, or all pairs in short, for a person."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.reports import _outputs as computed
from parity.reports import _walk_words as said
from parity.reports import _wording as words
from parity.reports._contract import Report
from parity.reports._explanation import Carried, Explained, Setting, Walk
from parity.reports._paint import paint
from parity.reports._renderer import Screen
from parity.reports._rows import Line, Mark, arranged
from parity.reports._safe import safe
from parity.rules import Finding

MARKS = {Mark.DIFFERENT: "red", Mark.LEFT_ONLY: "red", Mark.RIGHT_ONLY: "red", Mark.UNDECIDED: "yellow"}
INDENT = (0, 0, 0, 2)
HEAD = ("Left", "Right", "Result", "Found")
GAPS = 10
"""Columns between those of the table, and at its edges."""


def explained(found: Explained, screen: Screen) -> str:
    """Walks through the layers that were asked for, or a row for each layer."""
    found = safe(found)
    if not found.layer:
        return paint([Text(), *table(found.report, screen, every=found.all_layers)], screen)
    parts: list[RenderableType] = []
    for walk in found.walks:
        parts += [Text(), *_walk(walk, found.report)]
    return paint(parts, screen)


def table(found: Report, screen: Screen, *, every: bool) -> list[RenderableType]:
    """Both models, a row for each pair of layers and for each without a counterpart.

    Args:
        found: the comparison.
        screen: where it goes; where the columns do not fit, the findings of a row stand below its layers.
        every: with the rows of which there is nothing to say.
    """
    lines = arranged(found)
    shown = [line for line in lines if every or line.mark is not Mark.SAME]
    rows = [HEAD, *((*_names(line), line.mark.value, _rules(line)) for line in shown)]
    needed = sum(max(map(len, column)) for column in zip(*rows, strict=True)) + GAPS
    if screen.width is None or needed <= screen.width:
        body: list[RenderableType] = [_grid(rows, [line.mark for line in shown])]
    else:
        body = [part for line in shown for part in _below(line)]
    counted = ", ".join(
        f"{sum(line.mark is mark for line in lines)} {mark.value}"
        for mark in Mark
        if any(line.mark is mark for line in lines)
    )
    rest = "" if every or len(shown) == len(lines) else "; those that are the same are left out"
    return [*(body if shown else []), Text(), Padding(Text(f"{len(lines)} rows: {counted}{rest}"), INDENT)]


def _grid(rows: Sequence[tuple[str, ...]], marks: Sequence[Mark]) -> Table:
    grid = Table.grid(padding=(0, 2), pad_edge=True)
    for _ in HEAD:
        grid.add_column(no_wrap=True)
    grid.add_row(*(Text(name, style="bold") for name in rows[0]))
    for (left, right, result, rules), mark in zip(rows[1:], marks, strict=True):
        grid.add_row(left, right, Text(result, MARKS.get(mark, "")), rules)
    return grid


def _below(line: Line) -> Iterator[RenderableType]:
    yield Padding(Text(" / ".join(_names(line))), INDENT)
    text = Text(line.mark.value, MARKS.get(line.mark, "dim")).append(f"   {_rules(line)}".rstrip(), "dim")
    yield Padding(text, (0, 0, 0, 6))


def _names(line: Line) -> tuple[str, str]:
    left, right = (f"{box.name}" if box is not None else "-" for box in (line.left, line.right))
    return left, right


def _rules(line: Line) -> str:
    return ", ".join(dict.fromkeys(finding.rule for finding in line.findings))


def _walk(walk: Walk, report: Report) -> Iterator[RenderableType]:
    names = " / ".join(half.path if half is not None else "nothing" for half in (walk.left, walk.right))
    kind = next(half.kind for half in (walk.left, walk.right) if half is not None)
    yield Padding(Text(names, "bold").append(f"   {kind}"), INDENT)
    yield _halves(walk, report)
    if walk.why:
        yield Padding(Text(f"matched by: {walk.why}"), INDENT)
    elif walk.left is None or walk.right is None:
        yield Padding(Text("without a counterpart on the other side"), INDENT)
    yield from _settings(walk.settings)
    yield from _weights(walk.weights)
    if walk.made is not None:
        yield from (Text(), Text("  Outputs", style="bold"))
        yield from (Padding(Text(line), (0, 0, 0, 4)) for line in computed.of_layer(walk.made))
    yield Text()
    yield Text("  Findings", style="bold")
    for finding, _ in walk.findings:
        yield from _finding(finding)
    if not walk.findings:
        yield Padding(Text("nothing"), (0, 0, 0, 4))
    if walk.silent:
        yield Text()
        yield Text("  Rules without findings", style="bold")
        for names_of, rules in said.by_what(walk.silent).items():
            yield Padding(Text(", ".join(rules), "cyan").append(f"   {', '.join(names_of)}", "dim"), (0, 0, 0, 4))


def _halves(walk: Walk, report: Report) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, half, side in (("left", walk.left, report.left), ("right", walk.right, report.right)):
        if half is None:
            grid.add_row(f"  {name}", "nothing")
            continue
        grid.add_row(f"  {name}", f"{half.op} {half.path}   {said.flow(half)}")
        if half.params or half.formula:
            grid.add_row("", f"{said.formula(half, side.framework)}")
        if len(half.rows) > 1:
            grid.add_row("", f"made of {', '.join(half.rows)}")
        for note in half.notes:
            grid.add_row("", note)
    return grid


def _settings(settings: Iterable[Setting]) -> Iterator[RenderableType]:
    compared = [each for each in settings if each.compared]
    if compared:
        yield Text()
        grid = Table.grid(padding=(0, 3))
        for _ in range(4):
            grid.add_column(overflow="fold")
        grid.add_row(*(Text(name, style="bold") for name in ("  Settings", "left", "right", "")))
        for each in compared:
            grid.add_row(f"    {each.name}", *said.values(each), Text("differs", "red") if each.differs else "")
        yield grid
    others = [f"{each.name} {' / '.join(said.values(each))}" for each in settings if not each.compared]
    if others:
        yield Padding(Text(f"not compared as such: {', '.join(others)}", "dim"), (0, 0, 0, 4))


def _weights(weights: Iterable[Carried]) -> Iterator[RenderableType]:
    weights = list(weights)
    if not weights:
        return
    yield Text()
    yield Text("  Weights", style="bold")
    for each in weights:
        yield Padding(Text(each.role), (0, 0, 0, 4))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for name, weight in (("left", each.left), ("right", each.right)):
            grid.add_row(f"      {name}", said.weight(weight) if weight is not None else "nothing")
        yield grid
        yield from (Padding(Text(line, "dim"), (0, 0, 0, 6)) for line in said.carried(each))


def _finding(finding: Finding) -> Iterator[RenderableType]:
    both = f"   {words.values(finding)}" if finding.effect not in words.CALM and words.values(finding) else ""
    yield Padding(Text(finding.rule, "cyan").append(f"{both}   {finding.effect.value}"), (0, 0, 0, 4))
    for line in words.each_said([finding]):
        yield Padding(Text(line, "dim"), (0, 0, 0, 8))
