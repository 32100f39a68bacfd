"""Which axis of what one model takes or gives is which axis of what the other does.

Two models of one home take the same tensor: their axes are the same ones place by place. Keras keeps channels last,
PyTorch and its exports have them first; only between these, or where the sizes themselves say so, are axes told by what
the layers make of them.
"""

from collections.abc import Iterator, Mapping, Sequence

from parity.comparison._contract import View
from parity.comparison.shapes import UNNAMED, axis_names, places_fit
from parity.graph import Dim, Framework, Shape, Value
from parity.graph.origin import home
from parity.sizes import contradict

SPACE = {"D", "H", "W"}


def matched_axes(view: View, left: Value, right: Value) -> tuple[int, ...] | None:
    """For each axis of a left input its place in the right one; None where that is not known."""
    if left.shape is None or right.shape is None or len(left.shape) != len(right.shape):
        return None
    places = tuple(range(len(left.shape)))
    one_home = home(view.left) is home(view.right)
    if one_home and _equal(left.shape, right.shape):
        return places
    named = _by_name(left, right)
    fits = places_fit(left, right)
    # Where a tensor fits as it is, that its first axis is the batch in one model only is what the models differ in.
    movable = named is not None and (named[0] == 0 or not (one_home and fits))
    if movable and named != places and _are_layouts(left, right):
        return named
    if one_home or fits:
        return places
    return next((order for order in _rotations(len(places)) if _fit(left.shape, right.shape, order)), places)


def _are_layouts(left: Value, right: Value) -> bool:
    """Whether axes that are named may be in the orders of two frameworks.

    Those of space are in one order with each, unless no order of the frameworks has the sizes.
    """
    space = [[each for each in value.axes or () if each in SPACE] for value in (left, right)]
    return _is_layout(left) and _is_layout(right) and (space[0] == space[1] or not _can_be_plain(left, right))


def _can_be_plain(left: Value, right: Value) -> bool:
    """Whether two shapes are one, place by place or with nothing moved but channels."""
    mine, theirs = left.shape or (), right.shape or ()
    return places_fit(left, right) or any(_fit(mine, theirs, order) for order in _rotations(len(mine)))


def _is_layout(value: Value) -> bool:
    """Whether channels are the last axis, or stand before all spatial axes; not in the midst of these."""
    axes = value.axes or ()
    at = axes.index("C") if "C" in axes else len(axes)
    return not axes[at + 1 :] or SPACE.isdisjoint(axes[1:at])


def labels(left: Value, order: Sequence[int]) -> tuple[str, str]:
    """The axes of a left input by name, and those of the right one whose places ``order`` tells, by the same names."""
    axes = left.axes or (None,) * len(order)
    mine = [name or f"{UNNAMED}{at}" for at, name in enumerate(axes)]
    theirs = dict(zip(order, mine, strict=True))
    return " ".join(mine), " ".join(theirs[place] for place in sorted(theirs))


def _rotations(rank: int) -> Iterator[tuple[int, ...]]:
    """Channels go from the end to the front, or from there to the end."""
    rest = tuple(range(1, rank))
    yield (0, *rest[1:], *rest[:1])
    yield (0, *rest[-1:], *rest[:-1])


def _fit(left: Shape, right: Shape, order: Sequence[int]) -> bool:
    """Whether the sizes are the same where the axes are moved like this; free ones are those of the other side."""
    return not contradict(left[1:], [right[place] for place in order[1:]])


def in_layout(view: View, exact: Mapping[int, int], rank: int) -> bool:
    """Whether an output has its axes where the other model's have them, or where that model's layout has them.

    A layout is told by the inputs that the models take in another order, or by their homes, unless both take the same
    tensor of as many axes. Axes of one element count: in a shape they stand somewhere.

    Args:
        view: both models.
        exact: for each axis of the left output its place in the right one; axes of one element may be left out.
        rank: how many axes the output has on both sides.
    """
    turned = _turned_inputs(view)
    ways = {at for order in turned for at, each in enumerate(_rotations(len(order))) if [*each] == order}
    if home(view.left) is not home(view.right) and rank not in _ranks_taken_alike(view):
        ways.add(0 if home(view.left) is Framework.KERAS else 1)
    layouts = [each for at, each in enumerate(_rotations(rank)) if at in ways] if rank > 2 else []
    orders = [range(rank), *layouts, *(order for order in turned if len(order) == rank)]
    return any(all(order[at] == place for at, place in exact.items()) for order in orders)


def takes_the_same(view: View) -> bool:
    """Whether two models of one home take the same tensors, so that what they give has its axes in the same places."""
    return home(view.left) is home(view.right) and not _turned_inputs(view)


def _turned_inputs(view: View) -> list[list[int]]:
    """The order of the axes of those inputs that the models take with their axes in another order."""
    orders = (list(order) for each in view.inputs if (order := matched_axes(view, *each)) is not None)
    return [order for order in orders if order != sorted(order)]


def _ranks_taken_alike(view: View) -> set[int]:
    """How many axes those inputs have whose channels both models are known to take in one place."""
    places = ([(each.axes or ()).index("C") for each in pair if "C" in (each.axes or ())] for pair in view.inputs)
    alike = (len(found) == 2 and found[0] == found[1] for found in places)
    return {len(mine.axes or ()) for (mine, _), same in zip(view.inputs, alike, strict=True) if same}


def _by_name(left: Value, right: Value) -> tuple[int, ...] | None:
    """The places of the left names among the right ones; those without a name are in one order."""
    mine, theirs = axis_names(left), axis_names(right)
    if mine is None or theirs is None:
        return None
    if len(set(mine)) < len(mine) or sorted(mine) != sorted(theirs):
        return None
    return tuple(theirs.index(name) for name in mine)


def _equal(left: Shape, right: Shape) -> bool:
    """Whether two shapes are the same place by place, free sizes included."""
    return all(map(_same, left, right))


def _same(left: Dim, right: Dim) -> bool:
    return left == right or not (isinstance(left, int) or isinstance(right, int))
