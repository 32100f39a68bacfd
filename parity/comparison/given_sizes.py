"""Sizes of what models give: in the same places where they take the same tensors, whatever layers are called."""

from collections import Counter
from collections.abc import Iterator, Sequence

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._interfaces import takes_the_same
from parity.comparison.shapes import by_meaning, places_fit
from parity.graph import Dim, Layer, LayerGraph, Shape, Unknown, Value

SIZED = {"fill", "expand"}
"""Kinds that make a tensor of any size that they are told."""

COMPUTED_SIZE = Unknown(
    "the model computes the size of what it makes here, and no more is known of that",
    "compare models whose sizes follow from those of their inputs",
)


def differ(view: View, left: Layer, right: Layer, at: int) -> bool:
    """Whether two values have sizes that cannot be the same ones.

    Each side fixes an axis that the other one leaves free: by the names of axes, or, of models of one home, in what
    they reshape alike and what they give. What these give has no other sizes, nor the same ones in other places unless
    layers put them there.
    """
    a, b = left.outputs[at], right.outputs[at]
    mine, theirs = view.left.values[a], view.right.values[b]
    if "input" in {left.kind, right.kind} or mine.shape is None or theirs.shape is None:
        return False
    if _crossed_by_name(mine, theirs):
        return True
    same = takes_the_same(view)
    alike = left.kind == right.kind == "reshape" and _before(view.left, left) == _before(view.right, right)
    made_of_nothing = not (left.inputs or right.inputs)
    moved = not places_fit(mine, theirs) and (made_of_nothing or Counter(mine.shape) != Counter(theirs.shape))
    given = a in view.left.outputs and b in view.right.outputs
    return same and ((given and moved) or ((given or alike) and _crossed(mine.shape, theirs.shape)))


def _before(graph: LayerGraph, layer: Layer) -> Shape | None:
    return graph.shape(layer.inputs[0]) if layer.inputs else None


def _crossed_by_name(mine: Value, theirs: Value) -> bool:
    one, other = by_meaning(mine), by_meaning(theirs)
    if not isinstance(one, dict) or not isinstance(other, dict) or one.keys() != other.keys():
        return False
    return _crossed([*one.values()], [other[axis] for axis in one])


def untold(view: View, left: Layer, right: Layer, at: int) -> Iterator[Difference]:
    """Sizes that cannot be compared: sides compute one, of which a file tells nothing."""
    mine, theirs = view.left.shape(left.outputs[at]), view.right.shape(right.outputs[at])
    made = left.kind in SIZED and right.kind in SIZED
    computed = left.kind == right.kind == "reshape" and view.left.framework is view.right.framework
    if (made and all(shape is not None and None in shape[1:] for shape in (mine, theirs))) or (
        computed and mine and theirs and _is_told_by_one(mine, theirs)
    ):
        told = left, right, f"output {at}", mine, theirs
        yield Difference(Topic.SHAPE, Facet.SHAPES, *told, unknown=COMPUTED_SIZE)


def _is_told_by_one(mine: Shape, theirs: Shape) -> bool:
    """Whether one model tells all sizes, and the other one leaves open more than follow from the rest."""
    untold = sorted(shape.count(None) for shape in (mine, theirs))
    return untold[0] == 0 and untold[1] > 1


def _crossed(one: Sequence[Dim], other: Sequence[Dim]) -> bool:
    """Whether each side fixes a size that the other one leaves free."""
    pairs = [(mine, theirs) for mine, theirs in zip(one, other, strict=False) if None not in {mine, theirs}]
    fixed = {(isinstance(mine, int), isinstance(theirs, int)) for mine, theirs in pairs}
    return {(True, False), (False, True)} <= fixed
