"""What global maximum and global average pooling have in common: a reduction over every spatial axis."""

from collections.abc import Sequence

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Spelling
from parity.kinds._layouts import FIRST, LAST, image_axes


def shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """Output shape: the spatial axes become 1, or go."""
    found = inputs[0] if inputs else None
    if found is None:
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
    attributes = {"keepdims": keepdims, "data_format": data_format, "rank": rank}
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def keras(kind: str, rank: int) -> Spelling:
    """A Keras global pooling layer over ``rank`` spatial axes."""
    return lambda call: _draft(
        call, kind, call.get("data_format") or LAST, keepdims=bool(call.get("keepdims", False)), rank=rank + 2
    )


def adaptive(kind: str, rank: int) -> Spelling:
    """A PyTorch adaptive pooling that leaves one position."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size = call.get("output_size")
        sizes = (size,) if isinstance(size, int) else tuple(size or (0,))
        return _draft(call, kind, FIRST, keepdims=True, rank=rank + 2) if set(sizes) == {1} else ()

    return spell


def whole(kind: str) -> Spelling:
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
        layout = _layout(len(found), reduced) if found is not None and isinstance(reduced, Sequence) else None
        if found is None or layout is None:
            return ()
        return _draft(call, kind, layout, keepdims=bool(call.get(keep_name, keeps)), rank=len(found))

    return spell


def _layout(rank: int, reduced: Sequence[int]) -> str | None:
    axes = {axis % rank for axis in reduced}
    if rank > 2 and axes == set(range(2, rank)):  # noqa: PLR2004
        return FIRST
    if rank > 2 and axes == set(range(1, rank - 1)):  # noqa: PLR2004
        return LAST
    return None
