"""Both sides are quantised, with different scale, zero point or integer type.

What it detects:
    Different scale, zero point or integer type between ``QuantizeLinear`` and ``DequantizeLinear``; and dequantising
    with other parameters than quantising, which scales or shifts the values.

Why it happens:
    Two runs of a quantiser used different calibration data, or one targets different hardware. Dequantising with
    another scale is a mistake of whoever edited the file.

How to fix:
    Quantise both with the same calibration data and settings. If only one side is quantised, another rule reports it.

Example:
    ``QuantizeLinear`` by 0.1 and ``DequantizeLinear`` by 0.2, which doubles what goes through.
"""

from collections.abc import Sequence
from typing import Any

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.kinds import OFFSETS
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_lone_grid

WORDS = {"computed": "a computed scale", "unknown": "a scale that the file does not record"}


def claims(difference: Difference, _: View) -> bool:
    """Other grids, and changes from one to another."""
    return not is_lone_grid(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the first grid that is another, or the first change that one side alone has."""
    first = differences[0]
    mine, theirs = _first(first.left_value, first.right_value)
    if first.name == "changes":
        sides = [(each, side) for each, side in ((mine, "left"), (theirs, "right")) if each is not None]
        told = "; ".join(f"on the {side} values go from {_grid(each[0])} to {_grid(each[1])}" for each, side in sides)
        return Explanation(f"{told}, which changes them by more than rounding", "use the scale that was divided by")
    if first.unknown is not None:
        return Explanation(first.unknown.reason, first.unknown.remedy, Effect.UNKNOWN, Effect.INFERENCE)
    left, right = (_grid(each) if each is not None else "nothing" for each in (mine, theirs))
    message = f"values are rounded by {left} on the left, {right} on the right"
    return Explanation(message, "quantise both with the same data and settings", left_value=left, right_value=right)


def _first(left: Sequence[Any], right: Sequence[Any]) -> tuple[Any, Any]:
    """The first two that are not the same; None where a side has none left."""
    longest = max(len(left), len(right))
    rows = ((*each, *(None,) * (longest - len(each))) for each in (left, right))
    return next((pair for pair in zip(*rows, strict=True) if pair[0] != pair[1]), (None, None))


def _grid(grid: Sequence[Any]) -> str:
    if grid[0] == OFFSETS:
        return f"zero points {', '.join(map(str, grid[1:]))} of the factors of a product"
    if len(grid) == 1:
        return WORDS.get(grid[0], f"what is {grid[0]}")
    scale, zero, kind = grid
    return f"scale {scale:.7g}, zero point {zero}, {kind}"


RULE = Rule("quantisation-grid", Effect.INFERENCE, frozenset({Topic.GRID}), claims, explain)
