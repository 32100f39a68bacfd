"""What the readers could not read, one difference for all places of one reason."""

from collections.abc import Iterator, Mapping

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.graph import ONLY_TRAINED, WIRING, Evidence, Gap, LayerGraph, Unknown

SHOWN = 3
"""Places that are named; a summary of the model names all."""

Told = tuple[str, str, str]


def _sides(view: View) -> tuple[tuple[str, LayerGraph], ...]:
    return ("left", view.left), ("right", view.right)


def _by_reason(graph: LayerGraph) -> Mapping[Told, list[Gap]]:
    found: dict[Told, list[Gap]] = {}
    for gap in graph.gaps:
        # The one is told as what the evidence cannot show, the other as what the mode cannot.
        if gap.where != ONLY_TRAINED and (graph.evidence is Evidence.GRAPH or gap.where != WIRING):
            found.setdefault((gap.reason, gap.remedy, gap.facet), []).append(gap)
    return found


def differences(view: View) -> Iterator[Difference]:
    """What could not be read, and the facets that a side's evidence cannot support."""
    for side, graph in _sides(view):
        for (reason, remedy, facet), gaps in _by_reason(graph).items():
            places = tuple(dict.fromkeys(gap.where for gap in gaps))
            more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
            unknown = Unknown(f"{', '.join(places[:SHOWN])}{more}: {reason}", remedy)
            yield Difference(Topic.GAP, Facet(facet), name=f"{side}: {places[0]}", unknown=unknown)
        if graph.evidence is not Evidence.GRAPH:
            yield from _unsupported(side, graph)


def _unsupported(side: str, graph: LayerGraph) -> Iterator[Difference]:
    reason, remedy = next(((gap.reason, gap.remedy) for gap in graph.gaps if gap.where == WIRING), ("", ""))
    unknown = Unknown(reason or f"the {side} side does not record its wiring", remedy)
    attributes = (Facet.ATTRIBUTES,) if graph.evidence is Evidence.TENSORS else ()
    for facet in (Facet.STRUCTURE, Facet.SHAPES, *attributes):
        yield Difference(Topic.EVIDENCE, facet, name=side, unknown=unknown)


def keys(view: View) -> Mapping[tuple[str, str], Key]:
    """The key of the difference that tells of a place, by side and place."""
    return {
        (side, gap.where): (Topic.GAP.value, "", "", f"{side}: {gaps[0].where}")
        for side, graph in _sides(view)
        for gaps in _by_reason(graph).values()
        for gap in gaps
    }
