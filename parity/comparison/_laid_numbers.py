"""Whether numbers that two layers compute with lie along the same axes of what the layers take."""

import math
from typing import Any

import numpy as np

from parity.comparison._traced_pair import Operand
from parity.comparison.attributes import equal
from parity.graph import Layer, Shape
from parity.rearrange import Form

BY_PLACE = ("operand", "operands", "operand_axis")
"""Attributes whose numbers lie along axes by their places."""

MOST = 1 << 20
"""Larger tables are not turned."""


def lie_alike(left: Layer, right: Layer, operand: Operand, shapes: tuple[Shape, Shape]) -> bool:
    """Whether the numbers of both are the same once they are turned as what the layers take is.

    Args:
        left: a layer of one input.
        right: its counterpart.
        operand: what both take, with how its axes lie to each other.
        shapes: what both give, which must have no element more than what they take.
    """
    numbers = [_array(each) for each in (left, right)]
    mine, theirs = numbers
    if mine is None or theirs is None or _widen(mine, operand[0], shapes[0]) or _widen(theirs, operand[1], shapes[1]):
        return mine is theirs is None and not any(_has_numbers(each) for each in (left, right))
    rank = len(operand[0])
    if len(operand[1]) != rank or max(mine.ndim, theirs.ndim) > rank:
        return False
    turned = np.transpose(_of_rank(mine, rank), order_of(operand))
    if turned.shape != _of_rank(theirs, rank).shape:
        return False
    return equal(tuple(turned.ravel().tolist()), tuple(theirs.ravel().tolist()))


def order_of(operand: Operand) -> tuple[int, ...]:
    """For each axis of the right value that of the left one; those of one element take the places that are left."""
    left, right, relation = operand
    back = {other: at for at, other in relation.exact.items()}
    rest = iter([at for at in range(len(left)) if at not in relation.exact])
    return tuple(back[at] if at in back else next(rest) for at in range(len(right)))


def _has_numbers(layer: Layer) -> bool:
    return any(isinstance(layer.attributes.get(name), tuple) for name in BY_PLACE)


def _array(layer: Layer) -> np.ndarray[Any, Any] | None:
    """The numbers of a layer's only setting that has some, by the places of axes; None where there is another."""
    told = layer.attributes.get("operand")
    if not isinstance(told, tuple) or any(layer.attributes.get(name) is not None for name in BY_PLACE[1:]):
        return None
    found = np.asarray(told, float)
    return found if found.size <= MOST else None


def _of_rank(numbers: np.ndarray[Any, Any], rank: int) -> np.ndarray[Any, Any]:
    return numbers.reshape((1,) * (rank - numbers.ndim) + numbers.shape)


def _widen(numbers: np.ndarray[Any, Any], form: Form, shape: Shape) -> bool:
    """Whether numbers lie along more axes than a value has, or along one of which it has one element."""
    if numbers.ndim > len(form) or len(form) != len(shape):
        return True
    sizes = [math.prod(part.size if isinstance(part.size, int) else 0 for part in parts) for parts in form]
    ends = zip(reversed(numbers.shape), reversed(sizes), strict=False)
    return any(size not in {1, own} for size, own in ends)
