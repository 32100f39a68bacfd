"""Numbers that decide a question, read without being asked, up to a limit; what is not read stays open.

They tell whether a weight that one side leaves out changes anything, and whether a normalisation was computed into
weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from parity.comparison import Comparison, Topic
from parity.errors import ParityError
from parity.graph import Layer, LayerGraph, Merged, SourceGraph, Weight
from parity.transfer._contract import ADDED, Carried, Sides
from parity.transfer._epsilon import Told, epsilon_told
from parity.transfer._expression import Expression, Read
from parity.transfer._layers import carried
from parity.transfer._norms import folded_norm, is_merged
from parity.transfer._plan import sides_of
from parity.transfer._stored import Sizes, of_weight

MOST_READ = 64 << 20
"""Bytes of tensors that are read to decide, for both sides."""

WIDEST = 8
"""Bytes of an element at most."""

Graphs = tuple[LayerGraph, LayerGraph]
Learned = dict[str, Layer]


@dataclass
class _Budget:
    left: int

    def allows(self, *values: Expression | None) -> bool:
        """Whether what an expression takes may be read, which counts as read then."""
        size = WIDEST * sum(prod(value.shape) for value in values if value is not None)
        if size > self.left:
            return False
        self.left -= size
        return True


def by_numbers(comparison: Comparison, left: SourceGraph, right: SourceGraph) -> Graphs | None:
    """Both graphs with what their numbers tell of open questions; None where they tell nothing.

    Args:
        comparison: of both graphs.
        left: the source of the left graph, whose numbers are read.
        right: that of the right graph.
    """
    sides, budget = sides_of(comparison, left, right), _Budget(MOST_READ)
    learned: tuple[Learned, Learned] = ({}, {})
    for each in comparison.differences:
        if each.topic is Topic.WEIGHT and each.unknown is None and each.name in ADDED:
            for at, layer in enumerate((each.left, each.right)):
                weight = layer.weight(each.name) if layer is not None else None
                source = (left, right)[at]
                if layer is not None and weight is not None:
                    seen = _seen(weight, (sides.left, sides.right)[at], source, budget)
                    _put(learned[at], layer, seen)
    for at, (layer, merged) in _folded(sides, (left, right), budget):
        learned[at][layer.path] = replace(learned[at].get(layer.path, layer), merged=merged)
    if not any(learned):
        return None
    return _with(comparison.view.left, learned[0]), _with(comparison.view.right, learned[1])


def _seen(weight: Weight, sizes: Sizes, source: SourceGraph, budget: _Budget) -> Weight | None:
    """A weight with what it is seen to hold; None where that is known, or cannot be read."""
    value = of_weight(weight, sizes)
    if value is None or weight.zeros is not None or weight.ones is not None or not budget.allows(value):
        return None
    try:
        array = value.array(source.store.read)
    except ParityError:
        return None  # what cannot be read stays open
    return replace(weight, zeros=not array.any(), ones=bool((array == 1).all()))


def _put(learned: Learned, layer: Layer, seen: Weight | None) -> None:
    if seen is not None:
        now = learned.get(layer.path, layer)
        weights = tuple(seen if each.role == seen.role else each for each in now.weights)
        learned[layer.path] = replace(now, weights=weights)


def _folded(
    sides: Sides, sources: tuple[SourceGraph, SourceGraph], budget: _Budget
) -> Iterator[tuple[int, tuple[Layer, tuple[Merged, ...]]]]:
    """The layers whose weights are what folding a batch normalisation of the other side gives, with which epsilon."""
    for way, seen in ((1, sides), (0, sides.swapped)):
        mine, theirs = sources if way else sources[::-1]
        for left, right in seen.view.pairs:
            norm = left if is_merged(right) and not is_merged(left) else folded_norm(seen.view, left, right)
            if norm is None or (right.merged and norm is not left):
                continue
            here = [each for each in carried(seen, left, right) if each.role in {"kernel", "bias", "gamma"}]
            if not here or not budget.allows(*(each.value for each in here), *(each.told for each in here)):
                continue
            told = _epsilon(here, mine.store.read, theirs.store.read)
            epsilon = norm.attributes.get("epsilon")
            if told is not None and isinstance(epsilon, float):
                found = epsilon if told.is_(epsilon) else told.plain
                yield way, (right, (Merged(norm.op, epsilon=found, by_numbers=True),))


def _epsilon(weights: Sequence[Carried], left: Read, right: Read) -> Told | None:
    for each in weights:
        if each.role != "bias" and each.value is not None and each.told is not None:
            try:
                return epsilon_told(each.value, each.told, left, right)
            except ParityError:
                return None  # what cannot be read stays open
    return None


def _with(graph: LayerGraph, learned: Learned) -> LayerGraph:
    if not learned:
        return graph
    return replace(graph, layers=tuple(learned.get(layer.path, layer) for layer in graph.layers))
