"""Both models and what is whose counterpart, for Model Explorer.

One file that it reads in three places: as a model, which gives both graphs (two panes show them side by side); as the
mapping of "sync navigation", so that the counterpart of a layer is selected with it; and as node data, which colours
every layer by what was found of it. The forms are those of its ``graph_builder.py``, ``node_data_builder.py`` and
``common/sync_navigation.ts``.
"""

import re
from collections.abc import Iterator
from typing import Any

from parity.reports import _wording as words
from parity.reports._contract import Box, Report, Run, Side
from parity.reports._renderer import Renderer, Screen
from parity.reports._rows import Line, Mark, arranged
from parity.reports.json import dumped
from parity.rules import shape

COLOURS = {
    Mark.DIFFERENT: "#f4c7c3",
    Mark.LEFT_ONLY: "#f4c7c3",
    Mark.RIGHT_ONLY: "#f4c7c3",
    Mark.UNDECIDED: "#fce8b2",
    Mark.NOTED: "#dbe8f9",
    Mark.SAME: "#ffffff",
}
PARTS = re.compile(r"[/.]")
"""What stands between the names of nested modules, in one framework or the other."""


def report(found: Report, _: Screen) -> str:
    """The file of one pair."""
    return _text("parity", [("", "", found)])


def run(found: Run, _: Screen) -> str:
    """The file of all pairs that could be compared."""
    reports = [(words.name_of(each), each.report) for each in found.outcomes if each.report is not None]
    alone = len(reports) == 1
    pairs = [
        ("" if alone else f"{name}, ", "" if alone else f"{at}:", each) for at, (name, each) in enumerate(reports, 1)
    ]
    return _text("parity", pairs)


def _text(label: str, pairs: list[tuple[str, str, Report]]) -> str:
    """The file; each pair with what goes before the names of its graphs and the ids of its nodes."""
    graphs: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    data: dict[str, Any] = {}
    for title, prefix, found in pairs:
        lines = arranged(found)
        for name, side in (("left", found.left), ("right", found.right)):
            graph = _graph(f"{title}{name}: {side.source}", prefix, side, lines, is_left=name == "left")
            graphs.append(graph)
            data[graph["id"]] = _node_data(prefix, lines, is_left=name == "left")
        entries += (
            {"leftNodeIds": [prefix + left], "rightNodeIds": [prefix + right]}
            for left, right in (link.boxes for link in found.links)
        )
    document = {
        "label": label,
        "graphs": graphs,
        "type": "sync_navigation",
        "mappingEntries": entries,
        "disableMappingFallback": True,
        "showDiffHighlights": True,
        **data,
    }
    return dumped(document, indent=1) + "\n"


def _graph(name: str, prefix: str, side: Side, lines: tuple[Line, ...], *, is_left: bool) -> dict[str, Any]:
    told = {box.path: line for box, line in _boxes(lines, is_left=is_left)}
    return {"id": name, "nodes": [_node(box, told.get(box.path), prefix) for box in side.boxes]}


def _node(box: Box, line: Line | None, prefix: str) -> dict[str, Any]:
    mark = line.mark if line is not None else Mark.SAME
    found = line.findings if line is not None else ()
    said = [(each.rule, ": ".join(filter(None, (words.values(each), each.message)))) for each in found]
    attributes = [("layer", box.name), ("elements", f"{box.params:,}"), ("result", mark.value), *said]
    sizes = [{"key": "tensor_shape", "value": shape(box.shape)}] if box.shape is not None else []
    return {
        "id": prefix + box.path,
        "label": box.op,
        "namespace": "/".join(PARTS.split(box.name)[:-1]),
        "attrs": [{"key": key, "value": value} for key, value in attributes],
        "incomingEdges": [
            {"sourceNodeId": prefix + path, "sourceNodeOutputId": "0", "targetNodeInputId": str(at)}
            for at, path in enumerate(box.inputs)
        ],
        "outputsMetadata": [{"id": "0", "attrs": sizes}],
        "style": {"backgroundColor": COLOURS[mark]},
    }


def _node_data(prefix: str, lines: tuple[Line, ...], *, is_left: bool) -> dict[str, Any]:
    """What was found of each layer, in a word and a colour."""
    results = {
        prefix + box.path: {"value": line.mark.value, "bgColor": COLOURS[line.mark]}
        for box, line in _boxes(lines, is_left=is_left)
    }
    return {"name": "parity", "results": results, "showExpandedSummaryOnGroupNode": True}


def _boxes(lines: tuple[Line, ...], *, is_left: bool) -> Iterator[tuple[Box, Line]]:
    for line in lines:
        box = line.left if is_left else line.right
        if box is not None:
            yield box, line


RENDERER = Renderer("model-explorer", "both graphs, their mapping and results for Model Explorer", run, report)
