"""The other pipeline: read, translate, name axes -> Summary, in the source's names and its framework's counts."""

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from parity.adapters import Inputs, read
from parity.describing import describe
from parity.errors import UsageError
from parity.kinds import translate
from parity.passes.canonical.name_axes import name_axes
from parity.reports import COLUMNS, DEFAULT, ORDERS, Summary, View
from parity.summarise._containers import containers
from parity.summarise._rows import rows_of
from parity.summarise._sizes import Sizes, memory


def summarise(
    model: Any,
    *,
    inputs: Inputs | None = None,
    depth: int | None = None,
    columns: Sequence[str] = DEFAULT,
    layer: str = "",
    sort: str = "",
    full: bool = False,
) -> Summary:
    """List a model's layers with output shapes, parameter counts and the arithmetic behind them.

    Args:
        model: a path, or a live model.
        inputs: example inputs for a live model that needs them.
        depth: levels of the tree of modules to show; all unless given.
        columns: what to show of each layer: names of ``parity.reports.COLUMNS``.
        layer: show only layers and modules whose path matches this pattern, such as ``*.attention.*``.
        sort: list the layers with the largest first: ``params``, ``macs`` or ``memory``.
        full: list operators outside of layers one by one.

    Raises:
        UnreadableModel: the model cannot be read.
        MissingFramework: a live model's framework is not installed.
        UsageError: an argument makes no sense.
    """
    view = checked(View(depth, tuple(columns), layer, sort, full))
    source = read(model, inputs)
    graph = name_axes(translate(source))
    sizes = Sizes(graph, example=inputs is not None)
    rows = rows_of(source, graph, sizes)
    modules = containers(source, rows, sizes)
    paths = [row.path for row in (*rows, *modules)]
    if layer and not any(fnmatchcase(path, layer) for path in paths):
        raise UsageError(
            f"no layer matches {layer!r}", "patterns are compared with whole paths", remedy=_like(layer, paths)
        )
    return Summary(describe(source, graph), rows, modules, graph.gaps, sizes.batch, view, memory(graph, sizes))


def _like(pattern: str, paths: Sequence[str]) -> str:
    """What may have been meant by a pattern that matches no path."""
    if any(pattern in path for path in paths):
        return f"write '*{pattern}*'"
    found = get_close_matches(pattern, paths, n=3, cutoff=0.5)
    return f"there are {', '.join(found)}" if found else "leave it out to see all layers"


def checked(view: View) -> View:
    """The view, where it makes sense.

    Raises:
        UsageError: a column or order is none, or there is no level to show.
    """
    for name in view.columns:
        if name not in COLUMNS:
            raise UsageError(f"no column {name!r}", "it is not known", remedy=f"use some of {', '.join(COLUMNS)}")
    if view.sort and view.sort not in ORDERS:
        raise UsageError(f"cannot sort by {view.sort!r}", "it is not known", remedy=f"use one of {', '.join(ORDERS)}")
    if view.depth is not None and view.depth < 1:
        raise UsageError(f"cannot show {view.depth} levels", "there must be at least 1")
    return view
