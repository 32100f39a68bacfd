"""Names for the axes of images, sequences and volumes in both layouts, and the shape arithmetic that needs them."""

from collections.abc import Iterable, Sequence

from parity.graph import Axes, Shape

FIRST, LAST = "channels_first", "channels_last"

SPACE: dict[int, tuple[str, ...]] = {0: (), 1: ("T",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names of the spatial axes by their number; a sequence's only spatial axis is time."""


def image_axes(rank: int, data_format: str) -> Axes | None:
    """N, C and the spatial axes of a batched image, sequence or volume of this rank."""
    space = SPACE.get(rank - 2)
    if space is None:
        return None
    return ("N", *space, "C") if data_format == LAST else ("N", "C", *space)


def channel_axis(rank: int, data_format: str) -> int:
    """The number of the channel axis, counted from 0."""
    return rank - 1 if data_format == LAST else 1


def split(shape: Shape, data_format: str) -> tuple[int | str | None, Shape]:
    """Channels and spatial sizes of a shape.

    Raises:
        ValueError: the shape has no axis for channels.
    """
    if len(shape) < 2:  # batch and channels
        raise ValueError(shape)
    at = channel_axis(len(shape), data_format)
    return shape[at], shape[1:at] + shape[at + 1 :]


def join(
    batch: int | str | None, space: Iterable[int | str | None], channels: int | str | None, data_format: str
) -> Shape:
    """The shape with the given batch, spatial sizes and channels."""
    return (batch, *space, channels) if data_format == LAST else (batch, channels, *space)


def product(dims: Sequence[int | str | None]) -> int | None:
    """The product of sizes; None if one of them is not known as a number."""
    total = 1
    for dim in dims:
        if not isinstance(dim, int):
            return None
        total *= dim
    return total


def merged(names: Sequence[str | None]) -> str | None:
    """The name of an axis that merges others, outermost first; None if one of them has no name, or there are none."""
    if not names or any(name is None for name in names):
        return None
    return "*".join(name for name in names if name is not None)


def laid_out(data_format: str, order: Sequence[int]) -> str | None:
    """The layout of an image of a layout whose axes are brought to another order; None where that is neither."""
    rank = len(order)
    to_last, to_first = (0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))
    return {(FIRST, to_last): LAST, (LAST, to_first): FIRST}.get((data_format, tuple(order)))
