"""The table of a model's layers as one HTML page that needs no network and no script."""

from parity.reports import _summary_words as words
from parity.reports._renderer import Screen
from parity.reports._safe import safe
from parity.reports._summary import COLUMNS, NUMBERS, Summary
from parity.reports._summary_lines import entries


def summary(found: Summary, _: Screen) -> str:
    """The page; names of a model are escaped where they are put in."""
    from parity.reports._templates import filled

    found = safe(found)
    columns = tuple(dict.fromkeys((*found.view.columns, "share")))
    lines = [
        {
            "name": each.name,
            "path": each.row.path,
            "level": each.level,
            "module": bool(each.row.layers),
            "share": each.row.params / (found.side.headline.total or 1),
            "cells": [(column, words.cell(column, each.row, found)) for column in columns],
        }
        for each in entries(found)
    ]
    return filled(
        "summary.html",
        title=found.side.source,
        producer=found.side.producer,
        columns=[(name, COLUMNS[name]) for name in columns],
        numbers=NUMBERS,
        lines=lines,
        totals=words.totals(found),
        notes=words.notes(found),
    )
