"""What normalisations over chosen axes have in common: the axes, and the names of their weights' axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attributes, Call, InputShapes, whole
from parity.kinds._layouts import FIRST, LAST, image_axes


def from_end(axis: Any, shape: Shape | None) -> tuple[int, ...] | None:
    """Axes counted from the end, in the order of the input; None where the rank that this takes is not known."""
    given = axis if isinstance(axis, list | tuple) else (axis,)
    if not given or not all(type(each) is int for each in given):
        return None
    if shape is None:
        return tuple(sorted(given)) if max(given) < 0 else None
    rank = len(shape)
    if not whole(*given, least=-rank) or max(given) >= rank:
        return None
    return tuple(sorted({each - rank if each >= 0 else each for each in given}))


def last(count: int) -> tuple[int, ...]:
    """The last axes, as PyTorch's ``normalized_shape`` counts them."""
    return tuple(range(-count, 0))


def layout(call: Call, axes: Sequence[int]) -> str:
    """Names of the axes of a weight that has a number for each place along these axes.

    Where all axes of an image but the batch are meant, they are named as the framework lays out images by default.
    """
    if len(axes) == 1:
        return "c"
    shape = call.shape()
    rank = len(shape) if shape is not None else 0
    named = image_axes(rank, LAST if call.node.dialect.startswith("keras") else FIRST) if rank >= 4 else None
    if named is not None and len(axes) == rank - 1:
        return " ".join(str(name).lower() for name in named[1:])
    return " ".join(f"axis{-axis}" for axis in axes)


def sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    """The sizes of the axes of a weight, from the input or from what the layer says of them itself."""
    found, names = (inputs[0] if inputs else None), str(attributes["layout"]).split()
    given = [found[axis] for axis in attributes["axes"]] if found is not None else attributes.get("features") or ()
    return {name: size for name, size in zip(names, given, strict=False) if isinstance(size, int)}


def follows(sizes: Mapping[str, int], _: Shape | None) -> Attributes:
    """What a norm over the last axis is where nothing else is said: its weights have a number for each place."""
    return {"axes": last(1), "layout": "c", "features": (sizes["c"],) if "c" in sizes else None}


def features(call: Call, *slots: str) -> tuple[int, ...] | None:
    """The shape of the first of the weights that there is."""
    return next((shape for shape in map(call.weight_shape, slots) if shape is not None), None)
