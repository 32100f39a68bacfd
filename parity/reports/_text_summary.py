"""The table of a model's layers, for a person."""

from rich.table import Table
from rich.text import Text

from parity.graph import Mode
from parity.reports import _wording as words
from parity.reports._contract import Row, Side, Summary
from parity.reports._paint import paint
from parity.reports._renderer import Screen
from parity.reports._safe import safe
from parity.rules import shape


def summary(found: Summary, screen: Screen) -> str:
    """The table of a model's layers."""
    found = safe(found)
    side = found.side
    table = Table.grid(padding=(0, 3), pad_edge=True)
    for justify in ("left", "left", "left", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    table.add_row(*(Text(name, style="bold") for name in ("Layer", "Type", "Output shape", "Params", "Formula")))
    for row in found.rows:
        table.add_row(row.path, row.type, _shapes(row), row.uncounted or f"{row.params:,}", _formula(row))
    totals = Table.grid(padding=(0, 3), pad_edge=True)
    totals.add_column()
    totals.add_column(justify="right")
    for name, number in _totals(side):
        totals.add_row(name, f"{number:,}" if number or not side.uncounted else "unknown")
    if side.uncounted:
        totals.add_row("Without", words.plural(len(side.uncounted), "layer"))
    for path, kind, params in found.containers:
        if "." in path or "/" in path or not params:
            continue  # what a container inside another one holds is in the outer one's number
        totals.add_row(f"of them in {path} ({kind})", f"{params:,}")
    if side.mode is not Mode.BOTH:
        totals.add_row("Mode", side.mode.value)
    notes = [Text(f"not read: {gap.where}: {gap.reason}; {gap.remedy}".rstrip("; ")) for gap in found.gaps]
    title = Text(f"{side.source}   {side.producer}", style="bold")
    return paint([title, Text(), table, Text(), totals, *notes], screen)


def _shapes(row: Row) -> str:
    if not row.shapes:
        return row.reason
    return "; ".join(shape(each) for each in row.shapes)


def _formula(row: Row) -> str:
    if row.formula:
        return row.formula
    return "no formula: " + ", ".join(str(weight.shape) for weight in row.weights) if row.params else ""


def _totals(side: Side) -> list[tuple[str, int]]:
    head = side.headline
    totals = [(f"Total, {words.COUNTERS[side.framework]}", head.total)]
    if head.trainable is not None and head.non_trainable is not None:
        presumed = " (presumed from the role; the file does not say)" if side.presumed else ""
        totals += [(f"Trainable{presumed}", head.trainable), ("Non-trainable", head.non_trainable)]
    counted = {"trainable"}
    return totals + [(f"{name} elements", number) for name, number in side.census.items() if name not in counted]
