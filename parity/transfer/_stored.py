"""From stored tensors to the weights of a graph, and back: what each stored tensor is, of what its parts are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from parity.graph import Piece, Weight, Window
from parity.transfer._expression import (
    Expression,
    Literal,
    Shape,
    Take,
    concat,
    permute,
    reshape,
    scale,
    window,
)

Sizes = Mapping[str, Shape]
"""The shapes of the stored tensors of a source by name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stored tensor, and what it is.

    Attributes:
        name: of the stored tensor.
        shape: the sizes with which the tensor is read where the part is cut out of it.
        box: where the part is in that.
        value: what the part is.
    """

    name: str
    shape: Shape
    box: Window
    value: Expression


def whole(shape: Shape) -> Window:
    """The box that is all of a tensor."""
    return tuple((0, size) for size in shape)


def of_weight(weight: Weight, sizes: Sizes) -> Expression | None:
    """A weight of a graph over the stored tensors of its source; None where it is not made of such."""
    shape = weight.cuts[0].shape if weight.cuts else weight.shape
    found = _uncut(weight, shape, sizes)
    if found is None:
        return None
    for cut in weight.cuts:
        found = window(reshape(found, cut.shape), cut.window)
    return scale(reshape(found, weight.shape), weight.factor)


def _uncut(weight: Weight, shape: Shape, sizes: Sizes) -> Expression | None:
    if weight.joined:
        parts = [of_weight(each, sizes) for each in weight.joined]
        if weight.along is None:
            flat = [None if each is None else reshape(each, (prod(each.shape),)) for each in parts]
            found = [each for each in flat if each is not None]
            return reshape(concat(found, 0), shape) if len(found) == len(flat) else None
        known = [each for each in parts if each is not None]
        return concat(known, weight.along) if len(known) == len(parts) else None
    if weight.pieces:
        placed = [Part("", shape, piece.place, value) for piece in weight.pieces if (value := _piece(piece, sizes))]
        return together(placed, shape) if len(placed) == len(weight.pieces) else None
    name = weight.whole or weight.name
    if name in sizes:
        return reshape(Take(sizes[name], (), name), shape)
    if weight.numbers is not None and not weight.cuts:
        return Literal(weight.shape, (), weight.numbers)
    return None


def _piece(piece: Piece, sizes: Sizes) -> Expression | None:
    if piece.name not in sizes:
        return None
    part = window(Take(sizes[piece.name], (), piece.name), piece.window)
    own = [axis for axis in piece.order if axis is not None]
    rest = [axis for axis in range(len(part.shape)) if axis not in own]
    turned = permute(part, (*own, *rest))
    left = iter(turned.shape)
    return reshape(turned, tuple(1 if axis is None else next(left) for axis in piece.order))


def parts_of(weight: Weight, value: Expression, sizes: Sizes) -> Iterator[Part] | None:
    """The parts of stored tensors that make a weight what it is to be; None where that cannot be told.

    Args:
        weight: of the graph of the target.
        value: what it is to be, in its own shape.
        sizes: the stored tensors of the target.
    """
    value = scale(value, 1 / weight.factor)
    shape, box = _box(weight)
    if box is None:
        return None
    value = reshape(value, tuple(stop - start for start, stop in box))
    if weight.joined:
        return None if weight.cuts else _split(weight, value, sizes)
    if weight.pieces:
        return None if weight.cuts else _pieces(weight, value, sizes)
    name = weight.whole or weight.name
    if name not in sizes or prod(sizes[name]) != prod(shape):
        return None
    return iter((Part(name, shape, box, value),))


def _box(weight: Weight) -> tuple[Shape, Window | None]:
    """Where a weight is in what it is cut out of; None where the cuts read that with several shapes."""
    if not weight.cuts:
        return weight.shape, whole(weight.shape)
    first = weight.cuts[0]
    box = first.window
    for cut in weight.cuts[1:]:
        if cut.shape != tuple(stop - start for start, stop in box):
            return first.shape, None
        box = tuple((start + a, start + b) for (start, _), (a, b) in zip(box, cut.window, strict=True))
    return first.shape, box


def _split(weight: Weight, value: Expression, sizes: Sizes) -> Iterator[Part] | None:
    found: list[Part] = []
    flat = value if weight.along is not None else reshape(value, (prod(value.shape),))
    axis, start = weight.along or 0, 0
    for each in weight.joined:
        size = each.shape[axis] if weight.along is not None else each.numel
        box = tuple((start, start + size) if at == axis else (0, n) for at, n in enumerate(flat.shape))
        inner = parts_of(each, reshape(window(flat, box), each.shape), sizes)
        if inner is None:
            return None
        found += inner
        start += size
    return iter(found)


def _pieces(weight: Weight, value: Expression, sizes: Sizes) -> Iterator[Part] | None:
    found = []
    for piece in weight.pieces:
        if piece.name not in sizes:
            return None
        box = piece.window
        own = [axis for axis in piece.order if axis is not None]
        rest = [axis for axis in range(len(box)) if axis not in own]
        if any(box[axis][1] - box[axis][0] != 1 for axis in rest):
            return None
        stored = tuple(stop - start for start, stop in box)
        turned = reshape(window(value, piece.place), tuple(stored[axis] for axis in (*own, *rest)))
        back = [(*own, *rest).index(axis) for axis in range(len(box))]
        found.append(Part(piece.name, sizes[piece.name], box, permute(turned, back)))
    return iter(found)


def together(parts: Sequence[Part], shape: Shape) -> Expression | None:
    """A tensor of parts that fill it; None where they leave something out, overlap or do not lie in rows."""
    return _filled(parts, whole(shape))


def _filled(parts: Sequence[Part], box: Window) -> Expression | None:
    inside = [part for part in parts if all(a <= c and d <= b for (a, b), (c, d) in zip(box, part.box, strict=True))]
    if len(inside) == 1 and inside[0].box == box:
        return inside[0].value
    for axis, (start, stop) in enumerate(box):
        edges = sorted({edge for part in inside for edge in part.box[axis]} | {start, stop})
        cuts = [edge for edge in edges if not any(a < edge < b for a, b in (part.box[axis] for part in inside))]
        if len(cuts) < 3:  # both ends, and something between them
            continue
        slabs = [
            _filled(inside, tuple((a, b) if at == axis else each for at, each in enumerate(box)))
            for a, b in pairwise(cuts)
        ]
        found = [each for each in slabs if each is not None]
        return concat(found, axis) if len(found) == len(slabs) else None
    return None
