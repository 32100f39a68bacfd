"""Numbers that the model itself holds, which follow no rule that another kind tells."""

from typing import Any

from parity.graph import MOST_NUMBERS, Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, unknown_axes
from parity.kinds._given import later


def _shape(attributes: Attributes, _: InputShapes) -> tuple[Shape | None, ...]:
    return (attributes["size"],)


def held(value: str, numbers: tuple[float, ...], size: Shape, part: str) -> Draft:
    """The layer that makes a value of numbers, row by row."""
    return Draft("constant", {"numbers": numbers, "size": size}, (), (value,), part=part)


def flat(numbers: Any) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The elements of nested tuples row by row, and how many there are along each axis.

    Raises:
        ValueError: the rows are not of one length.
    """
    rows: tuple[Any, ...] = (numbers,)
    sizes: list[int] = []
    while any(isinstance(row, tuple) for row in rows):
        if not all(isinstance(row, tuple) for row in rows) or len({len(row) for row in rows}) != 1:
            raise ValueError(sizes)
        sizes.append(len(rows[0]))
        rows = tuple(each for row in rows for each in row)
    return rows, tuple(sizes)


def _eye(call: Call) -> tuple[Draft, ...]:
    """ATen's ``eye``: ones along the diagonal of a matrix of zeros."""
    rows = call.get("n")
    columns = call.get("m", rows)
    if type(rows) is not int or type(columns) is not int or not 0 < rows * columns <= MOST_NUMBERS:
        return ()
    numbers = tuple(float(row == column) for row in range(rows) for column in range(columns))
    return (held(call.outputs[0], numbers, (rows, columns), ""),)


KIND = Kind(
    "constant",
    attributes={"numbers": Attribute(), "size": Attribute()},
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "constant"),
    spellings={("aten", "eye"): _eye},
)
