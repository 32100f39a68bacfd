"""What global maximum and global average pooling have in common: a reduction over every spatial axis."""

from typing import Any

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Spelling, whole
from parity.kinds._layouts import FIRST, LAST, channel_axis, image_axes

COMPARED = {"channels": Attribute(is_axis=True)}
"""The axis that is left, which tells an average over time from one over channels."""


def shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """Output shape: the spatial axes become 1, or go."""
    found = inputs[0] if inputs else None
    if found is None or len(found) != (attributes["rank"] or len(found)):
        return (None,)
    last = attributes["data_format"] == LAST
    channels = found[-1] if last else found[1]
    ones = (1,) * (len(found) - 2) if attributes["keepdims"] else ()
    return ((found[0], *ones, channels) if last else (found[0], channels, *ones),)


def axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """Global pooling knows the channels, and the spatial axes once the rank is known."""
    rank = attributes.get("rank") or (len(inputs[0]) if inputs[0] else 0)
    named = image_axes(rank, attributes["data_format"]) if rank else None
    return (named,), (named if attributes["keepdims"] else ("N", "C"),)


def _draft(call: Call, kind: str, data_format: str, *, keepdims: bool, rank: int) -> tuple[Draft, ...]:
    if data_format not in {FIRST, LAST}:
        return ()
    attributes = {
        "keepdims": keepdims,
        "data_format": data_format,
        "rank": rank,
        "channels": channel_axis(rank, data_format) if call.shape() is not None else "C",
    }
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def keras(kind: str, rank: int) -> Spelling:
    """A Keras global pooling layer over ``rank`` spatial axes."""
    return lambda call: _draft(
        call, kind, call.get("data_format") or LAST, keepdims=bool(call.get("keepdims", False)), rank=rank + 2
    )


def adaptive(kind: str, rank: int) -> Spelling:
    """A PyTorch adaptive pooling that leaves one position, or whose windows are all alike at this input size."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size, found = call.get("output_size"), call.shape()
        sizes = (size,) * rank if isinstance(size, int) else tuple(size or ())
        if len(sizes) == rank and set(sizes) == {1}:
            return _draft(call, kind, FIRST, keepdims=True, rank=rank + 2)
        if found is None or len(found) != rank + 2 or not whole(found[2:]):
            return ()
        return _windows(
            call, kind.removeprefix("global_"), [size for size in found[2:] if isinstance(size, int)], sizes
        )

    return spell


def _windows(call: Call, kind: str, space: list[int], sizes: tuple[Any, ...]) -> tuple[Draft, ...]:
    """Windows beside each other that fill the input."""
    wanted = [size if out is None else out for size, out in zip(space, sizes, strict=True)]
    if not whole(*wanted) or any(size % out for size, out in zip(space, wanted, strict=True)):
        return ()
    windows = tuple(size // out for size, out in zip(space, wanted, strict=True))
    if set(windows) == {1}:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    attributes = {
        "pool_size": windows,
        "strides": windows,
        "dilation": (1,) * len(windows),
        "ceil_mode": False,
        "padding": ((0, 0),) * len(windows),
        "data_format": FIRST,
        **({"count_include_pad": None} if kind == "average_pool" else {}),
    }
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def whole_image(kind: str) -> Spelling:
    """ONNX's GlobalAveragePool and GlobalMaxPool."""
    return lambda call: _draft(call, kind, FIRST, keepdims=True, rank=len(call.shape() or ()))


def reduction(kind: str, axes_name: str, keep_name: str, *, keeps: bool) -> Spelling:
    """A reduction over exactly the axes that are neither batch nor one remaining axis, which is the channel axis.

    Args:
        kind: the global pooling that it amounts to.
        axes_name: the operator's name for the reduced axes.
        keep_name: its name for keeping them as axes of one element.
        keeps: the operator's default for keeping them.
    """

    def spell(call: Call) -> tuple[Draft, ...]:
        found, reduced = call.shape(), call.get(axes_name)
        reduced = (reduced,) if isinstance(reduced, int) else reduced
        layout = _layout(len(found), reduced) if found is not None and isinstance(reduced, list | tuple) else None
        if found is None or layout is None or call.get("dtype") is not None:
            return ()
        return _draft(call, kind, layout, keepdims=bool(call.get(keep_name, keeps)), rank=len(found))

    return spell


def _layout(rank: int, reduced: list[int] | tuple[int, ...]) -> str | None:
    axes = {axis % rank for axis in reduced} if whole(*reduced, least=-rank) else set()
    if rank > 2 and axes == set(range(2, rank)):  # noqa: PLR2004
        return FIRST
    if rank > 2 and axes == set(range(1, rank - 1)):  # noqa: PLR2004
        return LAST
    return None
