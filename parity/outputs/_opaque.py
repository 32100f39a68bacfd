"""Two models without the layers that no formula is known for: what the rest of both computes.

Where such a layer has a counterpart, both are taken for one function that nobody knows. What they make is drawn then,
the same for both, as an input is; and what they take has to be the same, as an output has.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from parity.evaluation import Budget, Numbers
from parity.graph import Layer, LayerGraph
from parity.outputs._contract import Unmatched
from parity.outputs._inputs import Draw, Twin, Twins
from parity.outputs._sides import Both, Sides
from parity.sizes import contradict

MOST = 16
"""How often leaving layers out may show that others cannot be computed."""

FIRST = Draw("", 1.0)

Pairs = tuple[tuple[Layer, Layer], ...]


@dataclass(frozen=True)
class _Without(Sides):
    """Two models without pairs of layers.

    Attributes:
        gone: these, each of one side with its counterpart.
    """

    gone: Pairs = ()

    @cached_property
    def graphs(self) -> tuple[LayerGraph, LayerGraph]:
        """Both graphs as passes have left them; what the layers gave is an input, and what they took an output."""
        whole = super().graphs
        return _without(whole[0], [pair[0] for pair in self.gone]), _without(whole[1], [pair[1] for pair in self.gone])

    @cached_property
    def twins(self) -> Twins:
        """The inputs of both, with what the layers gave."""
        given = (pair for left, right in self.gone for pair in zip(left.outputs, right.outputs, strict=True))
        ranks = ((a, b, len(self.view.left.shape(a) or ())) for a, b in given)
        more = (Twin(a, b, tuple(range(rank)), certain=True) for a, b, rank in ranks)
        return replace(super().twins, pairs=(*super().twins.pairs, *more))

    @cached_property
    def ends(self) -> tuple[tuple[int, int], ...]:
        """The outputs of both, with what the layers took."""
        first = len(self.view.left.outputs), len(self.view.right.outputs)
        taken = sum(len(left.inputs) for left, _ in self.gone)
        return (*super().ends, *((first[0] + at, first[1] + at) for at in range(taken)))


def _without(graph: LayerGraph, gone: list[Layer]) -> LayerGraph:
    paths = {layer.path for layer in gone}
    return replace(
        graph,
        layers=tuple(layer for layer in graph.layers if layer.path not in paths),
        inputs=(*graph.inputs, *(value for layer in gone for value in layer.outputs)),
        outputs=(*graph.outputs, *(value for layer in gone for value in layer.inputs)),
    )


def without_opaque(
    sides: Sides, numbers: tuple[Numbers, Numbers], troubled: Collection[str], budget: Budget
) -> Iterator[Sides]:
    """Both models without the layers that cannot be computed; nothing where there are none, or one has no counterpart.

    Args:
        sides: both models as passes have left them.
        numbers: the weights of both.
        troubled: paths of layers that differ from their counterpart.
        budget: what may be computed to see which these are.
    """
    found = _Without(sides.comparison, sides.sources, passed=True)
    for _ in range(MOST):
        try:
            _, both = found.run_drawn(FIRST, 0, numbers, budget)
        except Unmatched:
            return
        if not any(each.gaps for each in both):
            break
        more = _opaque(found, both, troubled)
        if not more:
            return
        found = replace(found, gone=(*found.gone, *more))
    if found.gone:
        yield found


def _opaque(sides: Sides, both: Both, troubled: Collection[str]) -> Pairs:
    """The layers that could not be computed, with their counterparts; nothing where one has none that is like it."""
    partner = {left.path: right for left, right in sides.view.pairs}
    gaps = [{each.layer for each in found.gaps} for found in both]
    found = [(left, partner.get(left.path)) for left in sides.view.left.layers if left.path in gaps[0]]
    pairs = tuple((left, right) for left, right in found if right is not None and _are_alike(sides, left, right))
    if len(pairs) < len(found) or gaps[1] - {right.path for _, right in pairs}:
        return ()
    return () if any({left.path, right.path} & {*troubled} for left, right in pairs) else pairs


def _are_alike(sides: Sides, left: Layer, right: Layer) -> bool:
    """Whether two layers may be one function, of which it is known what they make."""
    counts = [(len(layer.inputs), len(layer.outputs)) for layer in (left, right)]
    made = zip(left.outputs, right.outputs, strict=False)
    shapes = [(sides.view.left.shape(a), sides.view.right.shape(b)) for a, b in made]
    told = all(one is not None and other is not None and not contradict(one, other) for one, other in shapes)
    return left.kind == right.kind and counts[0] == counts[1] and told
