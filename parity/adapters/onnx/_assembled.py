"""Tensors that a model puts together of stored ones before it uses them: transposed, cut, joined, with axes added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from parity.graph import Piece, Window

LIMIT = 64
"""More pieces than this are no weight of one layer: two directions of four gates with two biases are 16."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A tensor by its pieces."""

    shape: tuple[int, ...]
    pieces: tuple[Piece, ...]


def whole(name: str, shape: tuple[int, ...]) -> Assembled:
    """A stored tensor as the only piece of itself."""
    window = tuple((0, size) for size in shape)
    return Assembled(shape, (Piece(name, window, window, tuple(range(len(shape)))),))


def assemble(op: str, parts: Sequence[Assembled], settings: Settings) -> Assembled | None:
    """What an operator makes of tensors; None where it computes more than a rearrangement.

    Args:
        op: the operator.
        parts: the tensors that it works on.
        settings: its attributes, and those of its inputs that are known numbers, by name.

    Raises:
        ValueError, TypeError, LookupError: the settings make no sense.
    """
    made = OPERATORS[op](parts, settings) if op in OPERATORS else None
    fits = made is not None and made.pieces and len(made.pieces) <= LIMIT and all(size > 0 for size in made.shape)
    return made if fits else None


def _transposed(parts: Sequence[Assembled], settings: Settings) -> Assembled:
    (part,) = parts
    order = tuple(settings.get("perm") or reversed(range(len(part.shape))))
    if sorted(order) != list(range(len(part.shape))):
        raise ValueError(order)
    return Assembled(_picked(part.shape, order), tuple(_turned(piece, order) for piece in part.pieces))


def _turned(piece: Piece, order: Sequence[int]) -> Piece:
    return replace(piece, place=_picked(piece.place, order), order=_picked(piece.order, order))


def _picked(values: Sequence[Any], order: Sequence[int]) -> tuple[Any, ...]:
    return tuple(values[at] for at in order)


def _joined(parts: Sequence[Assembled], settings: Settings) -> Assembled:
    rank = len(parts[0].shape)
    axis, start, pieces = settings["axis"] % rank, 0, []
    for part in parts:
        rest = [size for at, size in enumerate(part.shape) if at != axis]
        if rest != [size for at, size in enumerate(parts[0].shape) if at != axis]:
            raise ValueError(part.shape)
        pieces += [replace(piece, place=_shifted(piece.place, axis, start)) for piece in part.pieces]
        start += part.shape[axis]
    return Assembled((*parts[0].shape[:axis], start, *parts[0].shape[axis + 1 :]), tuple(pieces))


def _shifted(window: Window, axis: int, by: int) -> Window:
    return tuple((low + by, high + by) if at == axis else (low, high) for at, (low, high) in enumerate(window))


def _sliced(parts: Sequence[Assembled], settings: Settings) -> Assembled | None:
    part, starts, stops = parts[0], settings["starts"], settings["ends"]
    axes, steps = settings.get("axes") or tuple(range(len(starts))), settings.get("steps") or (1,) * len(starts)
    if any(step != 1 for step in steps):
        return None
    for axis, start, stop in zip(axes, starts, stops, strict=True):
        at = axis % len(part.shape)
        part = cut(part, at, *slice(start, stop).indices(part.shape[at])[:2])
    return part


def cut(part: Assembled, axis: int, start: int, stop: int) -> Assembled:
    """The part between two places of one axis."""
    pieces = []
    for piece in part.pieces:
        low, high = max(piece.place[axis][0], start), min(piece.place[axis][1], stop)
        if low < high:
            pieces.append(_trimmed(piece, axis, low, high, start))
    return Assembled((*part.shape[:axis], max(stop - start, 0), *part.shape[axis + 1 :]), tuple(pieces))


def _trimmed(piece: Piece, axis: int, low: int, high: int, start: int) -> Piece:
    own, first = piece.order[axis], piece.place[axis][0]
    window = piece.window
    if own is not None:
        at = window[own][0] - first
        window = (*window[:own], (low + at, high + at), *window[own + 1 :])
    place = (*piece.place[:axis], (low - start, high - start), *piece.place[axis + 1 :])
    return replace(piece, window=window, place=place)


def _widened(parts: Sequence[Assembled], settings: Settings) -> Assembled:
    (part,) = parts
    rank = len(part.shape) + len(settings["axes"])
    added = {axis % rank for axis in settings["axes"]}
    rest = iter(range(len(part.shape)))
    return _placed(part, [None if at in added else next(rest) for at in range(rank)])


def _narrowed(parts: Sequence[Assembled], settings: Settings) -> Assembled:
    part, given = parts[0], settings.get("axes")
    sizes = enumerate(part.shape)
    ones = {at for at, size in sizes if size == 1} if given is None else {at % len(part.shape) for at in given}
    return _without(part, ones)


def _without(part: Assembled, gone: set[int]) -> Assembled:
    if any(part.shape[at] != 1 for at in gone):
        raise ValueError(gone)
    return _placed(part, [at for at in range(len(part.shape)) if at not in gone])


def _placed(part: Assembled, axes: Sequence[int | None]) -> Assembled:
    """The same with axes of one element added, for each None, or left out."""

    def move(piece: Piece) -> Piece:
        place = tuple((0, 1) if at is None else piece.place[at] for at in axes)
        return replace(piece, place=place, order=tuple(None if at is None else piece.order[at] for at in axes))

    return Assembled(tuple(1 if at is None else part.shape[at] for at in axes), tuple(map(move, part.pieces)))


def _reshaped(parts: Sequence[Assembled], settings: Settings) -> Assembled | None:
    """Axes of one element come and go; anything else is no matter of whole axes."""
    part, wanted = parts[0], settings["shape"]
    rest = prod(part.shape) // max(1, prod(size for size in wanted if size != -1))
    target = tuple(rest if size == -1 else size for size in wanted)
    wide = [size for size in part.shape if size != 1]
    if [size for size in target if size != 1] != wide:
        return None
    # Each axis of one element stands for one that there was, as far as there were any.
    units, places = (iter([at for at, size in enumerate(part.shape) if (size == 1) is one]) for one in (True, False))
    return _placed(part, [next(units, None) if size == 1 else next(places) for size in target])


def _repeated(parts: Sequence[Assembled], settings: Settings) -> Assembled | None:
    """Only where it is given once."""
    (part,) = parts
    return part if {*settings["repeats"]} == {1} else None


def _expanded(parts: Sequence[Assembled], settings: Settings) -> Assembled | None:
    """Only where it has the shape already: what is repeated within a piece is no matter of whole axes."""
    (part,), wanted = parts, settings["shape"]
    offset = len(part.shape) - len(wanted)
    same = offset >= 0 and all(size in (1, part.shape[offset + at]) for at, size in enumerate(wanted))
    return part if same else None


OPERATORS: Mapping[str, Callable[[Sequence[Assembled], Settings], Assembled | None]] = {
    "Identity": lambda parts, _: parts[0],
    "Transpose": _transposed,
    "Concat": _joined,
    "Slice": _sliced,
    "Unsqueeze": _widened,
    "Squeeze": _narrowed,
    "Reshape": _reshaped,
    "Tile": _repeated,
    "Expand": _expanded,
}
