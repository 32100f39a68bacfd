"""The table of a model's layers, for a person."""

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.reports import _summary_words as words
from parity.reports._paint import paint
from parity.reports._renderer import Screen
from parity.reports._safe import safe
from parity.reports._summary import COLUMNS, NUMBERS, Summary
from parity.reports._summary_lines import entries


def summary(found: Summary, screen: Screen) -> str:
    """The table of a model's layers."""
    found = safe(found)
    columns = found.view.columns
    table = Table.grid(padding=(0, 3), pad_edge=True)
    for name in ("", *columns):
        table.add_column(justify="right" if name in NUMBERS else "left", overflow="fold")
    table.add_row(*(Text(title, style="bold") for title in ("Layer", *(COLUMNS[name] for name in columns))))
    for each in entries(found):
        path = Text("  " * each.level + each.name, style="bold" if each.row.layers else "")
        table.add_row(path, *(words.cell(column, each.row, found) for column in columns))
    totals = Table.grid(padding=(0, 3), pad_edge=True)
    totals.add_column()
    totals.add_column(justify="right")
    totals.add_column()
    for line in words.totals(found):
        totals.add_row(*line)
    notes: list[RenderableType] = [Padding(Text(each), (0, 0, 0, 3)) for each in words.notes(found)]
    title = Text(f"{found.side.source}   {found.side.producer}", style="bold")
    return paint([title, Text(), table, Text(), totals, *([Text(), *notes] if notes else [])], screen)
