"""Layers whose results jump where what goes in changes a little, and those that tell which elements are larger."""

from collections.abc import Iterable, Sequence
from typing import Any

from parity.graph import Layer

SHARP_KINDS = {"where", "bucketize", "one_hot", "nonzero", "sort", "gather", "scatter"}
SHARP = {
    *("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "floor", "ceil", "round", "truncate"),
    *("sign", "remainder", "fmod", "floor_divide", "argmax", "argmin"),
    *("hard_shrink", "hardmax", "threshold", "truncate_divide"),
}
"""Functions that jump from one number to the next; what asks whether there is a number at all does not."""

OF_QUOTIENTS = {"floor_divide": "floor", "truncate_divide": "truncate"}
"""What functions of two numbers do with their quotient."""

SIDES = frozenset({"greater", "greater_equal", "less", "less_equal"})
"""Functions that tell which of two numbers is larger."""

ORDERS = frozenset({"argmax", "argmin"})
"""Functions that tell which of several numbers is the largest, and the smallest."""


def jump(layer: Layer) -> str:
    """What a layer does that jumps from one number to the next; "" where it does no such thing."""
    function = str(layer.attributes.get("function", ""))
    function = OF_QUOTIENTS.get(function, function)
    whole = layer.kind == "cast" and "float" not in str(layer.attributes["to"])
    if whole and "int" in str(layer.attributes["to"]):
        return "elementwise truncate"
    jumps = layer.kind in SHARP_KINDS and not _takes_fixed_places(layer)
    return f"{layer.kind} {function}" if whole or jumps or function in SHARP else ""


def _takes_fixed_places(layer: Layer) -> bool:
    """Whether a layer takes elements from places that no value tells, or puts some there."""
    first, *rest = layer.attributes.get("operands") or (None,)
    return layer.kind in {"gather", "scatter"} and first == "value" and len(layer.inputs) == 1 and bool(rest)


def jump_apart(mine: Sequence[Layer], theirs: Sequence[Layer]) -> bool:
    """Whether layers of one side alone jump somewhere."""
    left, right = (sorted(filter(None, map(jump, side))) for side in (mine, theirs))
    return left != right


def tells_order(layer: Layer) -> bool:
    """Whether a layer tells of elements which is larger, and nothing else of what they are."""
    function = layer.attributes.get("function")
    return layer.kind == "sort" or function in ORDERS or (function in SIDES and len(layer.inputs) > 1)


def hides_jumps(mine: Sequence[Layer], theirs: Sequence[Layer], made: Iterable[Any]) -> bool:
    """Whether one side alone jumps somewhere, and only the order of elements is told of that: places, or truth values.

    Of a function that falls at one number all others are in the order in which every function that rises has them.

    Args:
        mine: the layers of one side.
        theirs: those of the other one.
        made: what they make of a draw.
    """
    told = any(map(tells_order, (*mine, *theirs)))
    return told and jump_apart(mine, theirs) and any(map(_is_whole, made))


def _is_whole(array: Any) -> bool:
    """Whether all elements are whole numbers, or truth values."""
    import numpy as np

    return bool(np.array_equal(array, np.rint(np.asarray(array, "float64"))))
