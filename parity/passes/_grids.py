"""Places that a model counts, told by a first number and a step along each axis: never written out.

Exporters make masks of them: the places of queries against those of keys, or the number of an element in a matrix and
what is left of it after a division by the columns. Only whole numbers are told so, and all is exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from parity.graph import Layer
from parity.graph.diagonals import spread

EXACT = 1 << 53
"""Whole numbers up to this are exact in double precision."""

COMPARISONS = {"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"}


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole numbers: a first one, and by how much they grow along each axis."""

    start: int
    steps: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def ends(self) -> tuple[int, int]:
        """The least of them and the greatest."""
        spans = [step * (size - 1) for step, size in zip(self.steps, self.shape, strict=True)]
        return self.start + sum(min(each, 0) for each in spans), self.start + sum(max(each, 0) for each in spans)

    def to(self, shape: tuple[int, ...]) -> "Grid":
        """What comes of repeating it along axes of one element, and along more in front."""
        steps = (*(0,) * (len(shape) - len(self.shape)), *self.steps)
        sizes = (*(1,) * (len(shape) - len(self.shape)), *self.shape)
        return Grid(self.start, tuple(s if size > 1 else 0 for s, size in zip(steps, sizes, strict=True)), shape)

    def view(self) -> Any:
        """The array, where its numbers are the same along each diagonal; else None."""
        import numpy as np

        if len(self.shape) < 2 or any(self.steps[:-2]) or self.steps[-2] != -self.steps[-1]:
            return None
        rows, columns = self.shape[-2:]
        return spread(self.start + self.steps[-1] * np.arange(1 - rows, columns), self.shape)


def grid_of(array: Any) -> Grid | None:
    """An array as a grid: one number, or whole ones in equal steps along one axis."""
    import numpy as np

    several = [axis for axis, size in enumerate(array.shape) if size > 1 and array.strides[axis] != 0]
    if array.dtype.kind not in "iuf" or len(several) > 1 or not array.size:
        return None
    row = array[tuple(slice(None) if axis in several else 0 for axis in range(array.ndim))].reshape(-1)
    steps = np.diff(row)
    if not np.isfinite(row).all() or (row % 1).any() or (np.abs(row) > EXACT).any() or (steps != steps[:1]).any():
        return None
    step = int(steps[0]) if steps.size else 0
    return Grid(int(row[0]), tuple(step if axis in several else 0 for axis in range(array.ndim)), array.shape)


def gridded(layer: Layer, operands: list[Grid], sizes: tuple[int, ...]) -> Grid | None:
    """What a layer makes of grids; None where that is none, or is not known to be one.

    Args:
        layer: what computes.
        operands: in order, the layer's own numbers too.
        sizes: of what comes out.
    """
    made: Grid | None = None
    told = layer.attributes
    if layer.kind == "fill" and not operands:
        value = told["value"]
        whole = isinstance(value, float) and abs(value) < EXACT and value == int(value)
        made = Grid(int(value), (0,) * len(sizes), sizes) if whole else None
    elif layer.kind == "cumulate" and len(operands) == 1:
        made = _cumulated(operands[0], told)
    elif layer.kind in {"reshape", "expand", "identity"} and len(operands) == 1:
        made = _reshaped(operands[0], sizes) if layer.kind == "reshape" else operands[0].to(sizes)
    elif layer.kind == "permute" and len(operands) == 1:
        one, order = operands[0], told["order"]
        made = Grid(one.start, tuple(one.steps[at] for at in order), tuple(one.shape[at] for at in order))
    elif layer.kind == "cast" and len(operands) == 1 and told["to"] in {"int32", "int64", "integer", "float64"}:
        made = operands[0]
    elif layer.kind == "elementwise" and len(operands) == 2:
        made = _calculated(told["function"], *(each.to(sizes) for each in operands))
    plain = made is not None and made.shape == sizes and max(map(abs, made.ends)) < _most(told)
    return made if plain else None


def _most(told: Mapping[str, Any]) -> int:
    return 1 << 31 if told.get("to") == "int32" else EXACT


def _cumulated(one: Grid, told: Mapping[str, Any]) -> Grid | None:
    """The running total of one number."""
    if any(one.steps) or told["function"] != "sum":
        return None
    axis = told["axis"] % len(one.shape)
    last = one.start * (one.shape[axis] - (1 if told.get("exclusive") else 0))
    first = 0 if told.get("exclusive") else one.start
    back = bool(told.get("reverse"))
    step = -one.start if back else one.start
    return Grid(last if back else first, tuple(step if at == axis else 0 for at in range(len(one.shape))), one.shape)


def _reshaped(one: Grid, sizes: tuple[int, ...]) -> Grid | None:
    """The same numbers with other axes, in the order of rows."""
    if prod(one.shape) != prod(sizes):
        return None
    own = [(step, size) for step, size in zip(one.steps, one.shape, strict=True) if size > 1]
    if [size for _, size in own] == [size for size in sizes if size > 1]:
        steps = iter(step for step, _ in own)
        return Grid(one.start, tuple(next(steps) if size > 1 else 0 for size in sizes), sizes)
    if any(before[0] != after[0] * after[1] for before, after in pairwise(own)):
        return None
    step = own[-1][0]
    return Grid(one.start, tuple(step * prod(sizes[at + 1 :]) for at in range(len(sizes))), sizes)


def _calculated(function: str, one: Grid, other: Grid) -> Grid | None:
    pairs = list(zip(one.steps, other.steps, strict=True))
    if function == "add":
        return Grid(one.start + other.start, tuple(a + b for a, b in pairs), one.shape)
    if function == "subtract":
        return Grid(one.start - other.start, tuple(a - b for a, b in pairs), one.shape)
    if any(other.steps):
        return None
    by = other.start
    if function == "multiply":
        return Grid(one.start * by, tuple(step * by for step in one.steps), one.shape)
    if function in {"remainder", "fmod", "floor_divide", "truncate_divide"} and by > 0 and one.ends[0] >= 0:
        return _divided(one, by, rest=function in {"remainder", "fmod"})
    return None


def _divided(one: Grid, by: int, *, rest: bool) -> Grid | None:
    """A quotient or what is left of it, where some axes count whole quotients and the others never reach one."""
    low = tuple(step if step % by else 0 for step in one.steps)
    least, most = Grid(one.start % by, low, one.shape).ends
    if least < 0 or most >= by:
        return None
    if rest:
        return Grid(one.start % by, low, one.shape)
    high = tuple(0 if step % by else step // by for step in one.steps)
    return Grid(one.start // by, high, one.shape)
