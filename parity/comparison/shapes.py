"""Shapes of values by the meaning of their axes."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

from parity.comparison._contract import Difference, Facet, Topic
from parity.graph import Dim, Layer, Shape, Unknown, Value
from parity.sizes import contradict, fit

SHAPES = Facet.SHAPES

UNNAMED = "?"
"""Begins what stands for the name of an axis of which nothing is known."""

ORDER_UNKNOWN = Unknown(
    "the sizes agree in another order, and no layer shows what each axis means",
    "build both models for inputs with the axes in the same order",
)


def by_meaning(value: Value | None) -> dict[str, Dim] | list[Dim] | None:
    """Sizes without the batch: by axis name where all are named, else sorted."""
    if value is None or value.shape is None:
        return None
    axes = axis_names(value)
    if axes is not None and len(set(axes)) == len(axes):
        named = zip(axes, value.shape, strict=True)
        return {"*".join(sorted(axis.split("*"))): size for axis, size in named if axis != "N"}
    return sorted(value.shape[1:], key=str)


def agree(left: Value, right: Value) -> bool:
    """Whether two known shapes are the same but for the batch and for sizes that one of them leaves free."""
    if len(left.shape or ()) != len(right.shape or ()):
        return False  # neither a single number nor a row of features is a batch of one
    mine, theirs = by_meaning(left), by_meaning(right)
    if isinstance(mine, dict) and isinstance(theirs, dict) and mine.keys() == theirs.keys():
        return all(fit(size, theirs[axis]) for axis, size in mine.items())
    return _agree_unnamed(_rest(left.shape), _rest(right.shape))


def _agree_unnamed(first: Shape, second: Shape) -> bool:
    """Whether the sizes are the same in some order; a free one stands for any, which another one may take its place."""
    mine, theirs = (Counter(size for size in shape if isinstance(size, int)) for shape in (first, second))
    free = len(first) - mine.total(), len(second) - theirs.total()
    lone = (mine - theirs).total(), (theirs - mine).total()
    fits = lone[0] <= free[1] and lone[1] <= free[0]
    return not contradict(first, second) or (len(first) == len(second) and fits and not all(lone))


def _rest(shape: Shape | None) -> Shape:
    return shape[1:] if shape else ()


def same_order(left: Value, right: Value) -> bool:
    """Whether sizes that agree agree place by place, or have names that say which is which."""
    mine, theirs = axis_names(left), axis_names(right)
    if mine is None or theirs is None:
        return places_fit(left, right)
    # Those without a name are the same axes where all others are.
    named = not any(each.startswith(UNNAMED) for each in (*mine, *theirs))
    return named or sorted(mine) == sorted(theirs) or places_fit(left, right)


def axis_names(value: Value) -> tuple[str, ...] | None:
    """The names of all axes, of which several may be without where channels are the second or the last one.

    Frameworks put the channels elsewhere, and leave the other axes in one order, which tells them apart.
    """
    axes, unnamed = value.axes, count()
    if axes is None or (axes.count(None) > 1 and "C" not in {axes[-1], *axes[1:2]}):
        return None
    return tuple(name or f"{UNNAMED}{next(unnamed)}" for name in axes)


def places_fit(left: Value, right: Value) -> bool:
    """Whether known shapes agree place by place, but for the batch and for sizes that one of them leaves free."""
    first, second = _rest(left.shape), _rest(right.shape)
    return not contradict(first, second)


def crossed(left: Value, right: Value) -> bool:
    """Whether each side leaves free, beyond the first axis, what the other one fixes: no one export explains both."""
    first, second = _rest(left.shape), _rest(right.shape)
    ways = {(isinstance(one, int), isinstance(other, int)) for one, other in zip(first, second, strict=False)}
    return len(first) == len(second) and ways >= {(True, False), (False, True)}


def of_input(left: Layer, right: Layer, mine: Value, theirs: Value, *, one_framework: bool) -> Iterator[Difference]:
    """What there is to say of two inputs whose sizes agree: those left free on one side, and axes of no known order."""
    if not same_order(mine, theirs):
        unknown = None if one_framework else ORDER_UNKNOWN
        values = mine.shape, theirs.shape
        yield Difference(Topic.INPUT_SHAPE, SHAPES, left, right, "", *values, unknown=unknown)


def free_sizes(left: Layer, right: Layer, mine: Value, theirs: Value) -> Iterator[Difference]:
    """Sizes of an input that one side leaves free and the other fixes."""
    if mine.shape is None or theirs.shape is None or len(mine.shape) != len(theirs.shape):
        return
    for axis, size in _sizes(mine).items():
        other = _sizes(theirs).get(axis)
        if axis in _sizes(theirs) and isinstance(size, int) != isinstance(other, int):
            yield Difference(Topic.FREE_SIZE, SHAPES, left, right, axis, size, other)


def _sizes(value: Value) -> dict[str, Dim]:
    shape = value.shape or ()
    axes = value.axes or ("N", *(None,) * len(shape))[: len(shape)]
    return {axis or str(at): size for at, (axis, size) in enumerate(zip(axes, shape, strict=True))}
