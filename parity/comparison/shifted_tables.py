"""Tables with more rows in front on one side, so that the same rows are looked up further on: one cause.

BART and RoBERTa keep two rows for padding before those of the positions; ports leave them out.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.comparison._contract import Difference, Key, Topic, View
from parity.graph import Layer, LayerGraph

RANGE = ("start", "stop")
"""The settings of a range that both grow with its first number."""


def folded(view: View, found: Sequence[Difference]) -> list[Difference]:
    """The differences; where rows are looked up from follows from how many a table has before them."""
    causes: dict[Key, Key] = {}
    for each in found:
        left, right = each.left, each.right
        if each.topic is not Topic.WEIGHT_SHAPE or left is None or right is None or each.unknown is not None:
            continue
        mine, theirs = places_of(view.left, left), places_of(view.right, right)
        if mine is None or theirs is None or not _shifted(each, mine, theirs):
            continue
        keys = ((Topic.ATTRIBUTE.value, mine.path, theirs.path, name) for name in RANGE)
        causes.update(dict.fromkeys(keys, each.key))
    return [replace(each, cause=each.cause or causes[each.key]) if each.key in causes else each for each in found]


def places_of(graph: LayerGraph, layer: Layer) -> Layer | None:
    """The whole numbers in a row at which a layer looks rows up; None where they are no such numbers."""
    maker = graph.producers.get(layer.inputs[0]) if layer.kind == "embedding" and layer.inputs else None
    known = maker is not None and maker.kind == "range" and maker.attributes.get("step", 1) == 1
    return maker if known else None


def _shifted(difference: Difference, mine: Layer, theirs: Layer) -> bool:
    """Whether as many rows follow on both sides from the first one that is looked up."""
    sizes = difference.left_value, difference.right_value
    starts = [each.attributes["start"] for each in (mine, theirs)]
    if not all(isinstance(each, tuple) and len(each) == 2 for each in sizes) or sizes[0][1:] != sizes[1][1:]:
        return False
    rows = (size[0] - start for size, start in zip(sizes, starts, strict=True))
    return len({*rows}) == 1
