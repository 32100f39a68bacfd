"""Arrays of the left model as the right one has them, and how far two arrays are apart."""

from collections.abc import Sequence
from math import inf, prod

from parity.comparison import Forms, View, matched_axes
from parity.evaluation import largest_unmasked
from parity.graph import LayerGraph
from parity.graph.origin import home
from parity.outputs._contract import Array, Error
from parity.rearrange import Factor, Form


def as_right(array: Array, view: View, forms: Forms, left: str, right: str) -> Array | None:
    """A left array with its elements where the right model has them; None where that is not known.

    Args:
        array: what the left model computes, or is given.
        view: both models.
        forms: which axis of the right is which of the left.
        left: id of the value that it is on the left.
        right: id of the value that it is to be on the right.
    """
    known = forms(left, right)
    if known is not None:
        return rearranged(array, *known)
    mine, theirs = view.left.values.get(left), view.right.values.get(right)
    if mine is None or theirs is None or mine.shape is None or theirs.shape is None:
        return None
    if len(mine.shape) != array.ndim or len(theirs.shape) != array.ndim:
        return None
    if array.ndim <= 2 or home(view.left) is home(view.right):
        return array if mine.axes == theirs.axes or None in (mine.axes, theirs.axes) else None
    named = mine.axes is not None and None not in mine.axes and not any("*" in str(name) for name in mine.axes)
    order = matched_axes(view, mine, theirs) if named and sorted_names(mine.axes) == sorted_names(theirs.axes) else None
    return None if order is None else array.transpose(back(order))


def sorted_names(names: Sequence[str | None] | None) -> list[str]:
    """Names of axes, whatever their order."""
    return sorted(map(str, names or ()))


def back(order: Sequence[int]) -> list[int]:
    """For each axis of the right the place on the left, of the place on the right of each axis of the left."""
    return [order.index(at) for at in range(len(order))]


def rearranged(array: Array, left: Form, right: Form) -> Array | None:
    """An array whose axes are made of parts, with these where another form has them; None where it has others."""
    if len(left) != array.ndim:
        return None
    sized = [_sized(parts, size) for parts, size in zip(left, array.shape, strict=True)]
    if any(each is None for each in sized):
        return None
    parts = {key: size for each in sized for key, size in each or () if size != 1}
    wanted = [[key for part in axis if (key := (part.axis, part.stride)) in parts] for axis in right]
    order = [key for axis in wanted for key in axis]
    if sorted(order, key=str) != sorted(parts, key=str) or len(parts) < sum(
        size != 1 for each in sized for _, size in each or ()
    ):
        return None
    apart = array.reshape([*parts.values()])
    turned = apart.transpose([[*parts].index(key) for key in order])
    return turned.reshape([prod(parts[key] for key in axis) for axis in wanted])


Key = tuple[int, int | str]


def _sized(parts: Sequence[Factor], size: int) -> list[tuple[Key, int]] | None:
    """The parts of an axis with their sizes, of which one may follow from that of the axis."""
    free = [part for part in parts if not isinstance(part.size, int)]
    known = prod(part.size for part in parts if isinstance(part.size, int))
    if len(parts) == 1:
        return [((parts[0].axis, parts[0].stride), size)]
    if len(free) > 1 or not known or size % known or (not free and known != size):
        return None
    return [((part.axis, part.stride), part.size if isinstance(part.size, int) else size // known) for part in parts]


def error(left: Array, right: Array, *, scores: bool = False) -> Error:
    """How far the right array is from the left one, which is the measure.

    Args:
        left: what is expected.
        right: what there is, in the same layout.
        scores: the last axis may be one of scores of classes.
    """
    import numpy as np

    if left.shape != right.shape:
        return Error(inf, inf)
    mine, theirs = (np.asarray(each, "float64") for each in (left, right))
    odd = ~(np.isfinite(mine) & np.isfinite(theirs))
    if odd.any() and not np.array_equal(mine[odd], theirs[odd], equal_nan=True):
        return Error(inf, inf)
    mine, theirs = np.where(odd, 0.0, mine), np.where(odd, 0.0, theirs)
    apart = mine - theirs
    norm, most = float(np.linalg.norm(apart)), float(np.abs(apart).max(initial=0.0))
    limit = largest_unmasked(mine)
    above = np.abs(mine) > limit
    if above.any():  # each of these is measured by itself, since it would hide what the others are
        measure = np.where(above, np.abs(mine), limit) / limit
        norm, mine = float(np.linalg.norm(apart / measure)), mine / measure
    whole = float(np.linalg.norm(mine))
    share = None
    if scores and left.ndim == 2 and left.shape[-1] > 1 and left.shape[0]:
        share = float((mine.argmax(-1) == theirs.argmax(-1)).mean())
    return Error(most, 0.0 if not norm else norm / whole if whole else inf, share)


def shows_nothing(left: Array, right: Array) -> bool:
    """Whether neither of two arrays holds a finite number, so that their being the same shows nothing."""
    import numpy as np

    return bool(left.size and not any(np.isfinite(np.asarray(each, "float64")).any() for each in (left, right)))


def is_finite(array: Array) -> bool:
    """Whether every element is a finite number."""
    import numpy as np

    return bool(np.isfinite(np.asarray(array, "float64")).all())


def tells(arrays: Sequence[Array]) -> bool:
    """Whether outputs of different inputs differ, so that their being the same on both sides shows anything.

    Of a single input, whether the elements of what comes of it do.
    """
    import numpy as np

    finite = [np.asarray(each, "float64") for each in arrays if is_finite(each)]
    if len(finite) < len(arrays) or not arrays:
        return False
    first = finite[0]
    if len(finite) == 1:
        return bool(first.std() > LEAST_MOVED * np.abs(first).max(initial=0.0))
    return any(each.shape != first.shape or error(first, each).rel_l2 > LEAST_MOVED for each in finite[1:])


LEAST_MOVED = 1e-6


def wired(graph: LayerGraph) -> bool:
    """Whether a graph tells what follows what."""
    return bool(graph.outputs) and bool(graph.layers)
