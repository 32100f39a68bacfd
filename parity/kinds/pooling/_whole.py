"""What global maximum and global average pooling have in common: a reduction over every spatial axis."""

from typing import Any

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Spelling, whole
from parity.kinds._layouts import FIRST, LAST, channel_axis, image_axes, join, split

COMPARED = {"channels": Attribute(is_axis=True)}
"""The axis that is left, which tells an average over time from one over channels."""

TOLD = ("data_format", "keepdims", "rank")


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
    """An adaptive pooling: a global one, one by windows that are all alike at this input size, or neither."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size, found, layout = call.get("output_size"), call.shape(), call.get("data_format") or FIRST
        layout = LAST if call.node.dialect.startswith("keras") and call.get("data_format") is None else layout
        sizes = (size,) * rank if isinstance(size, int) else tuple(size or ())
        if len(sizes) != rank or layout not in {FIRST, LAST}:
            return ()
        if set(sizes) == {1}:
            return _draft(call, kind, layout, keepdims=True, rank=rank + 2)
        space = split(found, layout)[1] if found is not None and len(found) == rank + 2 else ()
        if not space or not whole(space):
            return ()  # a number of outputs is not a function without the number of inputs
        return _windows(
            call, kind.removeprefix("global_"), layout, [each for each in space if type(each) is int], sizes
        )

    return spell


def keras_operation(kind: str) -> Spelling:
    """``keras.ops.adaptive_average_pool`` and ``adaptive_max_pool``, whose rank is that of the input."""
    return lambda call: adaptive(kind, rank)(call) if (rank := len(call.shape() or ()) - 2) > 0 else ()


def _windows(call: Call, kind: str, layout: str, space: list[int], sizes: tuple[Any, ...]) -> tuple[Draft, ...]:
    """Windows beside each other that fill the input, or as PyTorch spreads them where they do not."""
    wanted = tuple(size if out is None else out for size, out in zip(space, sizes, strict=True))
    if not whole(*wanted):
        return ()
    if any(size % out for size, out in zip(space, wanted, strict=True)):
        attributes: dict[str, Any] = {"input_size": tuple(space), "output_size": wanted, "data_format": layout}
        return (Draft(f"adaptive_{kind}", attributes, call.inputs[:1], call.outputs[:1]),)
    windows = tuple(size // out for size, out in zip(space, wanted, strict=True))
    if set(windows) == {1}:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    attributes = {
        "pool_size": windows,
        "strides": windows,
        "dilation": (1,) * len(windows),
        "ceil_mode": False,
        "padding": ((0, 0),) * len(windows),
        "data_format": layout,
        **({"count_include_pad": None} if kind == "average_pool" else {}),
    }
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def adaptive_windows(size: int, count: int) -> list[tuple[int, int]]:
    """Where each of so many windows begins along an axis of a size, and where it ends, as PyTorch spreads them."""
    return [(at * size // count, -(-(at + 1) * size // count)) for at in range(count)]


def adaptive_shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """Output shape of windows that are spread."""
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    return (None if found is None else join(found[0], attributes["output_size"], split(found, layout)[0], layout),)


def adaptive_axes(attributes: Attributes, _: tuple[Axes | None, ...]) -> AxisNames:
    """Adaptive pooling knows which axes are spatial."""
    named = image_axes(len(attributes["output_size"]) + 2, attributes["data_format"])
    return (named,), (named,)


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
    if rank > 2 and axes == set(range(2, rank)):
        return FIRST
    if rank > 2 and axes == set(range(1, rank - 1)):
        return LAST
    return None
