"""The table of a model's layers in Markdown."""

from parity.reports import _summary_words as words
from parity.reports._escape import code, markdown
from parity.reports._renderer import Screen
from parity.reports._safe import safe
from parity.reports._summary import COLUMNS, NUMBERS, Summary
from parity.reports._summary_lines import entries

INDENT = "&emsp;"


def summary(found: Summary, _: Screen) -> str:
    """A heading, the table, the totals, and what else there is to say."""
    found = safe(found)
    columns = found.view.columns
    lines = [f"## {code(found.side.source)}", "", markdown(found.side.producer), ""]
    lines.append(f"| {' | '.join(('Layer', *(COLUMNS[name] for name in columns)))} |")
    lines.append(f"|---|{''.join('--:|' if name in NUMBERS else '---|' for name in columns)}")
    for each in entries(found):
        name = INDENT * each.level + (f"**{code(each.name)}**" if each.row.layers else code(each.name))
        cells = (markdown(words.cell(column, each.row, found)) for column in columns)
        lines.append(f"| {' | '.join((name, *cells))} |")
    lines += ["", "| | | |", "|---|--:|--:|"]
    lines += [f"| {' | '.join(map(markdown, line))} |" for line in words.totals(found)]
    lines += [line for each in words.notes(found) for line in ("", markdown(each))]
    return "\n".join(lines) + "\n"
