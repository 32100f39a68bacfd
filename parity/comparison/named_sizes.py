"""Sizes with names: they follow from the same axes of the same inputs on both sides, and in the same way.

Names themselves tell nothing, as each exporter has its own. So a size is put in terms of what the models are given:
axes of inputs that are each other's counterpart have one size, and so have all axes that one model gives one name.
"""

import re
from collections.abc import Iterator, Sequence
from functools import reduce

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._interfaces import matched_axes
from parity.graph import Dim, Layer, LayerGraph, Shape, Unknown, Value
from parity.sizes import Product, factored

ELSEWHERE = Unknown(
    "each model takes this size from another axis of its inputs, and nothing says that those always are of one size",
    "give the axes one name in both models if they always are of one size, or take the size from the same input",
)

SHIFTED = re.compile(r"(.+) ([+-]) (\d+)")
"""A size and a number that is added to it or taken from it."""

LEFT, RIGHT = "left", "right"

Axis = tuple[str, str] | int
"""A free size of a side, by its name there; or a number."""


class NamedSizes:
    """The free sizes of two models, and what they have in common."""

    def __init__(self, view: View) -> None:
        """Find which are one size, by the inputs of the models."""
        self.view = view
        self._meant: dict[Axis, Product | None] = {}
        for at, axes in enumerate(_classes(_of_inputs(view))):
            numbers = {axis for axis in axes if isinstance(axis, int)}
            stands = Product(numbers.pop()) if numbers else Product(1, (f"free{at}",))
            self._meant.update(dict.fromkeys(axes, None if numbers else stands))

    def differences(self, left: Layer, right: Layer, at: int) -> Iterator[Difference]:
        """The sizes of an output that two layers take from elsewhere, unless they have what they read of that size."""
        mine, theirs = self.view.left.values[left.outputs[at]], self.view.right.values[right.outputs[at]]
        if self._fit(mine, theirs) or not all(self._fit(*each) for each in self._read(left, right)):
            return
        told = left, right, f"output {at}", mine.shape, theirs.shape
        same = all(map(_is_of_the_same, *self._shapes(mine, theirs)))
        yield Difference(Topic.SHAPE, Facet.SHAPES, *told, unknown=None if same else ELSEWHERE)

    def _read(self, left: Layer, right: Layer) -> Iterator[tuple[Value, Value]]:
        for one, other in zip(left.inputs, right.inputs, strict=False):
            yield self.view.left.values[one], self.view.right.values[other]

    def _fit(self, mine: Value, theirs: Value) -> bool:
        return all(None in pair or pair[0] == pair[1] for pair in zip(*self._shapes(mine, theirs), strict=True))

    def _shapes(self, mine: Value, theirs: Value) -> tuple[Sequence[Product | None], Sequence[Product | None]]:
        """The sizes of two values place by place; None where inputs do not tell them."""
        order = matched_axes(self.view, mine, theirs) or ()
        one, other = mine.shape or (), theirs.shape or ()
        pairs = [(one[place], other[of]) for place, of in enumerate(order)]
        pairs = [pair for pair in pairs if any(isinstance(size, str) for size in pair)]
        return [self._in_inputs(LEFT, size) for size, _ in pairs], [self._in_inputs(RIGHT, size) for _, size in pairs]

    def _in_inputs(self, side: str, size: Dim) -> Product | None:
        """A size in terms of what both models are given."""
        if size is None:
            return None
        product = factored(size)
        parts = [part for name in product.names if (part := self._part(side, name)) is not None]
        return reduce(Product.times, parts, Product(product.number)) if len(parts) == len(product.names) else None

    def _part(self, side: str, name: str) -> Product | None:
        if (side, name) in self._meant:
            return self._meant[side, name]
        shifted = SHIFTED.fullmatch(name)
        base = self._in_inputs(side, shifted[1]) if shifted else None
        if shifted is None or base is None:
            return None
        by = int(f"{shifted[2]}{shifted[3]}")
        return Product(1, (f"{base.size} {by:+d}",)) if base.names else Product(base.number + by)


def _is_of_the_same(one: Product | None, other: Product | None) -> bool:
    """Whether two sizes follow from the same free ones, though in another way."""
    return one is None or other is None or {*one.names} == {*other.names}


def _of_inputs(view: View) -> Iterator[tuple[Axis, Axis]]:
    """Axes of inputs that are of one size; of an input that only one side has, each with itself."""
    for mine, theirs in view.inputs:
        for place, of in enumerate(matched_axes(view, mine, theirs) or ()):
            one, other = _axis(LEFT, mine.shape, place), _axis(RIGHT, theirs.shape, of)
            if one is not None and other is not None:
                yield one, other
    for side, graph in ((LEFT, view.left), (RIGHT, view.right)):
        yield from ((axis, axis) for axis in _all(graph, side) if axis is not None)


def _all(graph: LayerGraph, side: str) -> Iterator[Axis | None]:
    for name in graph.inputs:
        shape = graph.shape(name)
        yield from (_axis(side, shape, place) for place in range(len(shape or ())))


def _axis(side: str, shape: Shape | None, place: int) -> Axis | None:
    size = shape[place] if shape else None
    return (side, size) if isinstance(size, str) else size


def _classes(pairs: Iterator[tuple[Axis, Axis]]) -> list[set[Axis]]:
    """What is one by pairs; a number is one with no other that has it."""
    found: list[set[Axis]] = []
    for pair in pairs:
        names = {axis for axis in pair if not isinstance(axis, int)}
        near = [axes for axes in found if not axes.isdisjoint(names)]
        found = [axes for axes in found if axes not in near] + [set(pair).union(*near)]
    return [axes for axes in found if not all(isinstance(axis, int) for axis in axes)]
