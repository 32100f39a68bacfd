"""Ranges of positions along axes, in one spelling."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Attributes, Call, Draft, InputShapes
from parity.kinds._operands import Operands, source

ENDLESS = 10**9
"""From here on exporters mean the end of the axis, whatever its size: 2**31 - 1 and more, tf2onnx just this number."""

Bounds = tuple[Any, Any, int]


def _length(size: Dim, bounds: Bounds) -> Dim:
    if isinstance(size, int):
        return len(range(*slice(*bounds).indices(size)))
    if bounds[:2] == (0, 0):
        return 0
    # Of an axis that is left free, which has some element: others may be farther than it is long.
    return 1 if bounds in {(0, 1, 1), (-1, None, 1)} else None


def shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """The shape that is left."""
    if not inputs or inputs[0] is None:
        return (None,)
    found = list(inputs[0])
    for axis, bounds in zip(attributes["axes"], attributes["bounds"], strict=True):
        found[axis] = _length(found[axis], bounds)
    return (tuple(found),)


def _bounds(size: Dim, start: Any, stop: Any, step: Any) -> Bounds:
    """A range in one spelling: from the front where the size is known, None for what reaches the end.

    Raises:
        ValueError: it is none.
    """
    step = 1 if step is None else step
    if not all(each is None or type(each) is int for each in (start, stop, step)) or step == 0:
        raise ValueError((start, stop, step))
    if isinstance(size, int):
        found = range(*slice(start, stop, step).indices(size))
        if not found:
            return (0, 0, step)
        end = found[-1] + step  # a negative one would count from the end
        return (found.start, end if 0 <= end < size else None, step)
    past, ahead = (stop, start) if step > 0 else (start, stop)
    if (past is not None and past <= -ENDLESS) or (ahead is not None and ahead >= ENDLESS):
        return (0, 0, step)  # from behind the end, or up to before the start
    first, last = (None if each is None or abs(each) >= ENDLESS else each for each in (start, stop))
    return (first if step < 0 else first or 0, last, step)


def sliced(found: Operands, call: Call, ranges: Mapping[int, Sequence[Any]]) -> Draft | None:
    """The layer that takes a range of each of these axes; None where it takes everything.

    Raises:
        ValueError, IndexError: there is no such range or axis.
    """
    given = found.shapes[0]
    rank = len(given) if given is not None else None
    taken: dict[int, Bounds] = {}
    for axis, (start, stop, step) in sorted(ranges.items()):
        at = axis + rank if axis < 0 and rank is not None else axis
        taken[at] = _bounds(given[at] if given is not None else None, start, stop, step)
    cuts = {at: bounds for at, bounds in sorted(taken.items()) if bounds != (0, None, 1)}
    if not cuts:
        return None
    (draft,) = found.draft("slice", call, axes=tuple(cuts), bounds=tuple(cuts.values()))
    return draft


def cropped(call: Call, amounts: Sequence[tuple[int, int]]) -> tuple[Draft, ...]:
    """The layer that leaves so many positions out at either end of each axis.

    Raises:
        ValueError: it would leave nothing, or the amounts are not whole numbers.
    """
    found = source(call)
    if found is None:
        return ()
    shape = found.shapes[0] or (None,) * len(amounts)
    for size, (before, after) in zip(shape, amounts, strict=True):
        if min(before, after) < 0 or (isinstance(size, int) and before + after >= size):
            raise ValueError(amounts)
    draft = sliced(found, call, {at: (before, -after or None, 1) for at, (before, after) in enumerate(amounts)})
    return (draft,) if draft is not None else unchanged(found, call)


def unchanged(found: Operands, call: Call) -> tuple[Draft, ...]:
    """What takes everything: an identity, or a stored tensor as a value."""
    if not found.inputs:
        return found.draft("slice", call, axes=(), bounds=())
    return (Draft("identity", {}, found.inputs, call.outputs[:1]),)
