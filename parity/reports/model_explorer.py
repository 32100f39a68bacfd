"""The node mapping of Model Explorer: which node of the left graph is which of the right one.

The format is ``SyncNavigationData`` of its visualizer (``common/sync_navigation.ts``); a node's id is the layer's path
in its own source.
"""

from parity.reports._contract import Report, Run
from parity.reports._renderer import Renderer, Screen
from parity.reports.json import dumped


def report(found: Report, _: Screen) -> str:
    """The mapping of one pair."""
    groups: dict[tuple[str, ...], tuple[dict[str, None], dict[str, None]]] = {}
    owner: dict[tuple[str, str], tuple[str, ...]] = {}
    for link in found.links:
        names = [("left", name) for name in link.left] + [("right", name) for name in link.right]
        _join(groups, owner, names)
    entries = [{"leftNodeIds": list(left), "rightNodeIds": list(right)} for left, right in groups.values()]
    document = {
        "type": "sync_navigation",
        "mapping": {link.left[0]: link.right[0] for link in reversed(found.links)},
        "mappingEntries": entries,
        "disableMappingFallback": True,
        "showDiffHighlights": True,
    }
    return dumped(document, indent=1) + "\n"


def _join(
    groups: dict[tuple[str, ...], tuple[dict[str, None], dict[str, None]]],
    owner: dict[tuple[str, str], tuple[str, ...]],
    names: list[tuple[str, str]],
) -> None:
    """Put names that belong together in one entry: Model Explorer takes each node in one only."""
    old = dict.fromkeys(owner[name] for name in names if name in owner)
    key = next(iter(old), names[0])
    left, right = groups.setdefault(key, ({}, {}))
    for other in old:
        if other != key:
            more_left, more_right = groups.pop(other)
            left |= more_left
            right |= more_right
            names = names + [("left", name) for name in more_left] + [("right", name) for name in more_right]
    left.update(dict.fromkeys(name for side, name in names if side == "left"))
    right.update(dict.fromkeys(name for side, name in names if side == "right"))
    owner.update(dict.fromkeys(names, key))


def run(found: Run, screen: Screen) -> str:
    """The mapping of the only pair; of several, each under its name."""
    reports = {outcome.name: outcome.report for outcome in found.outcomes if outcome.report is not None}
    if len(found.outcomes) == 1 and reports:
        return report(next(iter(reports.values())), screen)
    import json

    documents = {name: json.loads(report(each, screen)) for name, each in reports.items()}
    return dumped(documents, indent=1) + "\n"


RENDERER = Renderer("model-explorer", "node mapping of Model Explorer", run, report)
