"""Reshapes and permutations as what they do to the axes of the value that a chain of them begins with.

Each axis of a value is a product of factors, outermost first. A factor is a part of an axis of the first value: the
place along it is (index // stride) % size. What no reshape splits stays whole, so that free sizes may be moved too;
sizes that have names are split and merged as numbers are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod

from parity.graph import Shape
from parity.sizes import Dim, divided, factored, multiplied


@dataclass(frozen=True, slots=True)
class Factor:
    """A part of an axis of the first value; ``stride`` is the number of elements of that axis from one to the next."""

    axis: int
    stride: int | str
    size: Dim

    @property
    def reach(self) -> Dim:
        """The number of elements of the axis within which it repeats; None where its size may be any."""
        return multiplied((self.stride, self.size))


Form = tuple[tuple[Factor, ...], ...]


def start(shape: Shape) -> Form:
    """The value itself."""
    return tuple((Factor(axis, 1, size),) for axis, size in enumerate(shape))


def permuted(form: Form, order: Sequence[int]) -> Form:
    """The axes in another order."""
    return tuple(form[at] for at in order)


def reshaped(form: Form, target: Shape) -> Form | None:
    """The same elements in a row, as other axes; None where sizes are free or do not divide."""
    rest = [factor for axis in form for factor in axis]
    if max(sum(factor.size is None for factor in rest), target.count(None)) > 1:
        return None  # one free size follows from the others, two do not
    made = []
    times = _left_over(rest, target)
    for size in target:
        taken = _take_free(rest, times) if size is None and times > 1 else _take(rest, size)
        if taken is None:
            return None
        made.append(tuple(merged(taken)))
    return tuple(made) if all(factor.size == 1 for factor in rest) else None


def units_moved(form: Form, shape: Shape) -> tuple[int, ...] | None:
    """The order of the value's axes, where nothing but axes of one element are reordered; None for anything else."""
    used = {factor.axis for axis in form for factor in axis}
    gone = iter([Factor(at, 1, 1) for at, size in enumerate(shape) if size == 1 and at not in used])
    whole = [axis or tuple(islice(gone, 1)) for axis in form]
    if len(whole) != len(shape) or any(len(axis) != 1 or axis[0].size != shape[axis[0].axis] for axis in whole):
        return None
    order = tuple(axis[0].axis for axis in whole)
    wide = [at for at in order if shape[at] != 1]
    return order if len(set(order)) == len(order) and wide == sorted(wide) and order != tuple(sorted(order)) else None


def _left_over(rest: Sequence[Factor], target: Shape) -> int:
    """How many times the free size a free axis of the target is; 1 where that does not come out even."""
    before, after = ([size for size in sizes if isinstance(size, int)] for sizes in ([f.size for f in rest], target))
    named = (sorted(str(size) for size in sizes if isinstance(size, str)) for sizes in ([f.size for f in rest], target))
    has, needs = prod(before), prod(after)
    return has // needs if needs and has % needs == 0 and len({*map(tuple, named)}) == 1 else 1


def _take_free(rest: list[Factor], times: int) -> list[Factor] | None:
    """The next factors that make up some times the free size; taken from the front of ``rest``."""
    taken: list[Factor] = []
    while times > 1 or not any(factor.size is None for factor in taken):
        if not rest:
            return None
        first = rest[0]
        if isinstance(first.size, int) and first.size > 1:
            if times % first.size:
                return None
            times //= first.size
        elif isinstance(first.size, str):
            return None
        taken.append(rest.pop(0))
    return [factor for factor in taken if factor.size != 1]


def _take(rest: list[Factor], size: Dim) -> list[Factor] | None:
    """The next factors that make up a size; taken from the front of ``rest``."""
    if size is None:
        return [rest.pop(0)] if rest and rest[0].size is None else None
    if size == 1:
        return [rest.pop(0)] if rest and rest[0].size == 1 else []
    taken: list[Factor] = []
    need: Dim = size
    while need != 1:
        if not rest or rest[0].size is None:
            return None
        first = rest.pop(0)
        if first.size == 1:
            continue
        left, inner = divided(need, first.size), divided(first.size, need)
        if left is not None:
            taken.append(first)
            need = left
        elif inner is not None:
            taken.append(Factor(first.axis, multiplied((first.stride, inner)) or 0, need))
            rest.insert(0, Factor(first.axis, first.stride, inner))
            need = 1
        else:
            return None
    return taken


def merged(factors: Sequence[Factor]) -> Iterator[Factor]:
    """Neighbours that are parts of one axis in its own order, as one."""
    last: Factor | None = None
    for each in factors:
        if (
            last is not None
            and last.axis == each.axis
            and None not in {last.size, each.size}
            and last.stride == each.reach
        ):
            last = Factor(each.axis, each.stride, multiplied((last.size, each.size)))
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


@dataclass(frozen=True, slots=True)
class Steps:
    """The shortest way to a form: to the shape ``parts``, in another order, to the shape ``result``."""

    parts: Shape
    order: tuple[int, ...]
    result: Shape


def steps(form: Form, shape: Shape) -> Steps:
    """How to get from a value to a form of it.

    Args:
        form: the form.
        shape: the sizes of the value.
    """
    form = _with_one_batch(form, shape)
    groups = [group for axis in form for group in _runs(axis, shape)]
    by_place = sorted(range(len(groups)), key=lambda at: place(groups[at][0]))
    parts = tuple(_size(groups[at]) for at in by_place)
    result = tuple(_size(axis) for axis in form)
    order = tuple(by_place.index(at) for at in range(len(groups)))
    return Steps(parts, order, result)


def place(factor: Factor) -> tuple[int, int, int]:
    """Where a factor is among those of all axes, outermost first: of two of one axis one stride divides the other."""
    stride = factored(factor.stride)
    return factor.axis, -len(stride.names), -stride.number


def _with_one_batch(form: Form, shape: Shape) -> Form:
    """Axes of one element belong to none but the first, which is the batch wherever it stays in front."""
    bare = tuple(tuple(factor for factor in axis if factor.size != 1) for axis in form)
    if form and not bare[0] and shape and shape[0] == 1:
        return ((Factor(0, 1, 1),), *bare[1:])
    return bare


def _runs(axis: Sequence[Factor], shape: Shape) -> Iterator[tuple[Factor, ...]]:
    """Factors of neighbouring axes that stay together need not be taken apart."""
    run: list[Factor] = []
    for each in axis:
        outermost = each.size is not None and each.reach == shape[each.axis]
        if run and not (outermost and each.axis == run[-1].axis + 1 and run[-1].stride == 1):
            yield tuple(run)
            run = []
        run.append(each)
    if run:
        yield tuple(run)


def _size(factors: Sequence[Factor]) -> Dim:
    return multiplied(factor.size for factor in factors)
