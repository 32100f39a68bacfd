"""Words for the border of convolutions and poolings."""

from collections.abc import Sequence
from typing import Any

from parity.comparison import Difference
from parity.graph import Layer
from parity.kinds import BORDERS, window_ends

WINDOWS = frozenset({"conv", "max_pool", "average_pool", "lp_pool"})
Amounts = tuple[tuple[int, int], ...]
LARGE = 1024
"""So many strides are more than any window that is used."""
LARGEST = 16
"""Strides of which the sizes are told."""


def amounts(value: Any) -> Amounts | None:
    """Pixels before and after each axis, or None where they are not known."""
    known = isinstance(value, tuple) and all(
        isinstance(each, tuple) and len(each) == 2 and all(isinstance(one, int) for one in each)  # ends
        for each in value
    )
    return value if known else None


def totals(found: Amounts) -> list[int]:
    """Pixels in all on each axis."""
    return [before + after for before, after in found]


def hidden_at(difference: Difference) -> str:
    """At which sizes of the input no output differs by a border, or by which it does where that is none here."""
    left, right = difference.left, difference.right
    if left is None or right is None or left.kind not in WINDOWS or difference.name not in BORDERS:
        return ""
    axes = range(len(left.attributes.get("strides", ())))
    found = next((each for axis in axes if (each := _alike(left, right, axis)) and not all(each)), ())
    fits = [rest for rest, alike in enumerate(found) if alike]
    others = [rest for rest, alike in enumerate(found) if not alike]
    if difference.unseen:
        where = f" at this input size, it would where that is {_listed(others, len(found))}" if others else ""
        return f"; no output differs{where}"
    if fits:
        return f"; it would not show where the input size is {_listed(fits, len(found))}"
    by_rule = any(layer.attributes.get("padding_rule") for layer in (left, right))
    return "; it shows at every input size" if by_rule and found else ""


def _alike(left: Layer, right: Layer, axis: int) -> tuple[bool, ...]:
    """For each rest of a large size divided by the stride, whether two windows compute the same; () where unknown."""
    stride = left.attributes["strides"][axis]
    if not isinstance(stride, int) or not 0 < stride <= LARGEST:
        return ()
    ends = [
        [window_ends(layer.kind, layer.attributes, axis, LARGE * stride + rest) for rest in range(stride)]
        for layer in (left, right)
    ]
    return () if None in ends[0] + ends[1] else tuple(mine == theirs for mine, theirs in zip(*ends, strict=True))


def _listed(rests: Sequence[int], stride: int) -> str:
    """Sizes by what is left of them when they are divided by a stride.

    >>> _listed([1, 2], 3)
    'a multiple of 3 plus 1 or 2'
    """
    if stride == 2:  # there are words for two
        return ("even", "odd")[rests[0]]
    plus = f" plus {' or '.join(map(str, rests))}" if list(rests) != [0] else ""
    return f"a multiple of {stride}{plus}"


def pad_code(found: Amounts) -> dict[str, str]:
    """Padding layers for both frameworks, by what they are called there."""
    flat = ", ".join(f"{before}, {after}" for before, after in reversed(found))
    ends = ", ".join(str(each) for each in found)
    return {
        "keras": f'ZeroPadding{len(found)}D(({ends})) before it, padding="valid" in it',
        "torch": f"nn.ZeroPad{len(found)}d(({flat})) before it, padding=0 in it",
    }
