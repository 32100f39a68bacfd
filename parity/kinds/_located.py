"""Where the weight of a layer is stored that a model puts together of stored tensors before it uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from parity.axes import expand
from parity.errors import ParityError
from parity.graph import Piece, Weight, Window
from parity.kinds._contract import Use

UNNAMED = "_"
"""In a layout: an axis of one element that the layer knows nothing of."""


def located(weight: Weight, stored: Mapping[str, Weight], axes: str, use: Use) -> tuple[str, Use] | None:
    """The layout and the use of the one stored tensor that a use of an assembled one comes down to.

    Args:
        weight: the tensor with pieces.
        stored: every stored tensor by name.
        axes: the layout of what is used.
        use: which part is used.

    Returns:
        None where it comes of several tensors, or of parts that are no box.
    """
    window = use.window or tuple((0, size) for size in weight.shape)
    found = [piece for piece in weight.pieces if _meets(piece.place, window)]
    if not found or use.parts or len({(piece.name, piece.order) for piece in found}) != 1:
        return None
    if not all(_inside(piece.place, window) for piece in found):
        return None
    box = _box([piece.window for piece in found])
    if _size(box) != sum(_size(piece.window) for piece in found) or _size(box) != _size(window):
        return None
    layout = _layout(axes, found[0], len(weight.shape), box)
    if layout is None:
        return None
    whole = tuple((0, size) for size in stored[found[0].name].shape)
    uncut = box == whole and UNNAMED not in layout.split()
    return layout, replace(use, name=found[0].name, window=() if uncut else box)


def gates(weight: Weight, order: str, at: int = 0) -> str:
    """The order in which the gates of a direction are stored, given that in which they are used.

    Args:
        weight: a tensor with an axis for the direction and one for the rows of all gates.
        order: the names of the gates in the order of the rows.
        at: the direction.
    """
    names, rows = order.split(), weight.shape[1]
    each = rows // len(names)
    starts = {}
    for piece in weight.pieces:
        axis = piece.order[1]
        low, high = piece.place[1]
        if piece.place[0][0] != at or axis is None or low % each or high % each:
            continue
        for gate in range(low // each, high // each):  # one piece holds several gates that follow each other
            starts[names[gate]] = piece.window[axis][0] + gate * each - low
    return " ".join(sorted(names, key=lambda name: starts[name])) if len(starts) == len(names) else order


def _layout(axes: str, piece: Piece, rank: int, box: Window) -> str | None:
    """The names of the stored axes: each runs along one that the layout names, or is cut to one place and UNNAMED."""
    try:
        names = expand(axes, rank).split() if "spatial" in axes else axes.split()
    except ParityError:
        return None
    padded = [None] * (rank - len(names)) + [*names]
    found = {own: name for own, name in zip(piece.order, padded, strict=True) if own is not None and name is not None}
    missing = {at for at, (start, stop) in enumerate(box) if at not in found and stop - start != 1}
    return " ".join(found.get(at, UNNAMED) for at in range(len(box))) if found and not missing else None


def _meets(place: Window, window: Window) -> bool:
    return all(low < stop and start < high for (low, high), (start, stop) in zip(place, window, strict=True))


def _inside(place: Window, window: Window) -> bool:
    return all(start <= low and high <= stop for (low, high), (start, stop) in zip(place, window, strict=True))


def _box(windows: Sequence[Window]) -> Window:
    return tuple((min(low for low, _ in axis), max(high for _, high in axis)) for axis in zip(*windows, strict=True))


def _size(window: Window) -> int:
    return prod(high - low for low, high in window)
