"""Ranges of positions along axes, in one spelling."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Attributes, Call, Draft, InputShapes
from parity.kinds._operands import Operands

ENDLESS = 2**31 - 1
"""From here on exporters mean the end of the axis, whatever its size."""

Bounds = tuple[Any, Any, int]
EVERYTHING: Bounds = (0, None, 1)

Step = tuple[str, dict[str, Any]]
"""A kind and its attributes."""


def _length(size: Dim, bounds: Bounds) -> Dim:
    start, stop, step = bounds
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    known = isinstance(start, int) and isinstance(stop, int) and (start < 0) == (stop < 0)
    return max(0, -(-(stop - start) // step)) if known and stop < 0 else None


def shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """The shape that is left."""
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    if found is None:
        return (None,)
    return ((*found[:axis], _length(found[axis], attributes["bounds"]), *found[axis % len(found) + 1 :]),)


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
        end = None if not found or found[-1] + step in {-1, size} or found.stop >= size else found.stop
        return (found.start, end, step) if found else (0, 0, step)
    end = None if stop is not None and (stop >= ENDLESS or stop <= -ENDLESS) else stop
    return (start if step < 0 else start or 0, end, step)


def cuts(given: Shape | None, ranges: Mapping[int, Sequence[Any]]) -> list[Step]:
    """A slice for each of these axes of which not everything is taken.

    Raises:
        ValueError, IndexError: there is no such range or axis.
    """
    rank = len(given) if given is not None else None
    taken: dict[int, Bounds] = {}
    for axis, (start, stop, step) in ranges.items():
        at = axis + rank if axis < 0 and rank is not None else axis
        taken[at] = _bounds(given[at] if given is not None else None, start, stop, step)
    return [("slice", {"axis": at, "bounds": bounds}) for at, bounds in sorted(taken.items()) if bounds != EVERYTHING]


def chain(call: Call, found: Operands, steps: Sequence[Step], outputs: tuple[str, ...], part: str = "") -> list[Draft]:
    """The layers of these steps, one after the other; without any, what is passed on as it is."""
    if not steps and found.inputs:
        return [Draft("identity", {}, found.inputs, outputs, part=part)]
    todo = steps or [("slice", {"axis": 0, "bounds": EVERYTHING})]
    drafts: list[Draft] = []
    for at, (kind, attributes) in enumerate(todo):
        name = "-".join(filter(None, (part, str(at) if len(todo) > 1 else "")))
        made = outputs if at == len(todo) - 1 else (f"{call.node.path}:step-{name}",)
        if drafts:
            drafts.append(Draft(kind, attributes, drafts[-1].outputs, made, part=name))
        else:
            told = {**attributes, **found.attributes}
            drafts.append(Draft(kind, told, found.inputs, made, found.weights, part=name))
    return drafts
