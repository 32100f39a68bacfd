"""Sizes of what models give: in the same places where they take the same tensors, whatever layers are called."""

from collections import Counter
from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._interfaces import takes_the_same
from parity.comparison.shapes import places_fit
from parity.graph import Layer, Shape, Unknown

SIZED = {"fill", "expand"}
"""Kinds that make a tensor of any size that they are told."""

COMPUTED_SIZE = Unknown(
    "the model computes the size of what it makes here, and no more is known of that",
    "compare models whose sizes follow from those of their inputs",
)


def differ(view: View, left: Layer, right: Layer, at: int) -> bool:
    """Whether outputs of models of one home have other sizes, or the same ones in places where no layer puts them."""
    a, b = left.outputs[at], right.outputs[at]
    if a not in view.left.outputs or b not in view.right.outputs or "input" in {left.kind, right.kind}:
        return False
    mine, theirs = view.left.values[a], view.right.values[b]
    if mine.shape is None or theirs.shape is None or not takes_the_same(view):
        return False
    made_of_nothing = not (left.inputs or right.inputs)
    moved = not places_fit(mine, theirs) and (made_of_nothing or Counter(mine.shape) != Counter(theirs.shape))
    return moved or _crossed(mine.shape, theirs.shape)


def untold(view: View, left: Layer, right: Layer, at: int) -> Iterator[Difference]:
    """Sizes that cannot be compared: both sides compute one, of which a file tells nothing."""
    mine, theirs = view.left.shape(left.outputs[at]), view.right.shape(right.outputs[at])
    made = left.kind in SIZED and right.kind in SIZED
    if made and all(shape is not None and None in shape[1:] for shape in (mine, theirs)):
        told = left, right, f"output {at}", mine, theirs
        yield Difference(Topic.SHAPE, Facet.SHAPES, *told, unknown=COMPUTED_SIZE)


def _crossed(one: Shape, other: Shape) -> bool:
    """Whether each side fixes a size that the other one leaves free."""
    pairs = [(mine, theirs) for mine, theirs in zip(one, other, strict=False) if None not in {mine, theirs}]
    fixed = {(isinstance(mine, int), isinstance(theirs, int)) for mine, theirs in pairs}
    return {(True, False), (False, True)} <= fixed
