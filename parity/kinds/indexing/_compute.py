"""What takes and writes elements by number.

Sources: https://onnx.ai/onnx/operators/onnx__GatherND.html and onnx__ScatterND.html,
https://docs.pytorch.org/docs/stable/generated/torch.scatter.html, torch.nn.EmbeddingBag.html, torch.index_add.html.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from parity.graph import Framework, Shape
from parity.kinds._given import Array, Given, Uncomputable

REDUCED: Mapping[str, Any] = {
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
    "amax": np.maximum,
    "min": np.minimum,
    "amin": np.minimum,
}


def _whole(places: Array) -> Array:
    """Numbers of places, which constants hold as real ones.

    Raises:
        Uncomputable: they are none.
    """
    if places.dtype.kind == "f":
        if (places % 1).any():
            raise Uncomputable("its indices are not integers")
        return places.astype("int64")
    return places.astype("int64")


def embedding(given: Given) -> tuple[Array, ...]:
    """A row of the table for each number."""
    table, places = given.weight("embeddings", "vocab dim"), _whole(given.inputs[0])
    given.makes(*places.shape, table.shape[1])
    return (table[places],)


def embedding_bag(given: Given) -> tuple[Array, ...]:
    """The sum, mean or largest of the rows of each bag; bags are rows of numbers, or begin where the second input says.

    A row that ``padding_idx`` names counts for nothing.
    """
    table, places = given.raw("embeddings"), _whole(given.inputs[0])
    mode, left_out = given.attributes["mode"], given.attributes["untrained_row"]
    if len(given.inputs) > 2:
        raise Uncomputable("parity has no formula for a weighted bag")
    starts = _whole(given.inputs[1]) if len(given.inputs) > 1 else None
    given.makes(places.size, table.shape[1])
    made = [_bag(table, each, mode, left_out) for each in _bags(given, places, starts)]
    return (np.stack(made) if made else np.zeros((0, table.shape[1])),)


def _bags(given: Given, places: Array, starts: Array | None) -> Sequence[Array]:
    if places.ndim > 1 or starts is None:
        return list(places.reshape(places.shape[0], -1))
    ends = starts[1:] if given.attributes["last_offset"] else [*starts[1:], places.size]
    return [places[start:end] for start, end in zip(starts, ends, strict=False)]


def _bag(table: Array, places: Array, mode: str, left_out: int | None) -> Array:
    if left_out is not None:
        places = places[places % len(table) != left_out % len(table)]
    if not places.size:
        return np.zeros(table.shape[1])
    function: Mapping[str, Callable[..., Array]] = {"sum": np.sum, "mean": np.mean, "max": np.max}
    return function[mode](table[places], axis=0)


def gather(given: Given) -> tuple[Array, ...]:
    """Slices along an axis, an element for each place, points, or what a mask lets through."""
    data, *rest = given.operands()
    told, mode = given.attributes, given.attributes["mode"]
    if mode == "mask":
        return (_masked(data, rest, told),)
    places = [_whole(each) for each in rest]
    if mode == "points" and isinstance(told["at"], tuple) and told["at"][:1] == ("last",):
        return (_points(given, data, places[0], int(told["at"][1])),)
    if mode == "points":
        index = _index(data, told["at"], places)
        given.makes(prod(np.broadcast_shapes(*(each.shape for each in places))), data[index][:0].size or data.size)
        return (np.asarray(data[index]),)
    axis = told["axis"]
    if mode == "along":
        return (_along(data, _repeated(given, data, places[0]), axis),)
    if axis is None:
        data, axis = data.reshape(-1), 0
    given.makes(*data.shape[:axis], *places[0].shape, *data.shape[axis % data.ndim + 1 :])
    return (np.asarray(np.take(data, places[0], axis=axis)),)


def _repeated(given: Given, data: Array, places: Array) -> Array:
    """Places of one element along an axis, which PyTorch's ``take_along_dim`` repeats."""
    told = given.shapes[0] if given.shapes else None
    if told is None or len(told) != places.ndim or told == places.shape:
        return places
    sizes = [a if isinstance(a, int) else b for a, b in zip(told, places.shape, strict=True)]
    fits = all(b in {1, a} for a, b in zip(sizes, places.shape, strict=True)) and places.ndim == data.ndim
    return np.broadcast_to(places, sizes) if fits else places


def _along(data: Array, places: Array, axis: int | None) -> Array:
    """An element of an axis for each place; other axes may be longer than those of the places, or of one element."""
    if axis is None:
        return np.asarray(np.take(data.reshape(-1), places))
    grid = [np.minimum(each, size - 1) for each, size in zip(np.indices(places.shape), data.shape, strict=True)]
    grid[axis % data.ndim] = places
    return np.asarray(data[tuple(grid)])


def _masked(data: Array, rest: Sequence[Array], told: Mapping[str, Any]) -> Array:
    mask = rest[0].astype(bool)
    if "at" in told:
        first = told["at"][0]
        if len(rest) != 1:
            raise Uncomputable("parity has no formula for several masks")
        return np.asarray(data[(*(slice(None),) * first, mask)])
    if told.get("axis") is None:
        data, mask = (
            (data, mask)
            if mask.shape == data.shape
            else np.broadcast_arrays(data, mask)
            if mask.ndim > 1
            else (data.reshape(-1), mask)
        )
        return np.asarray(data[mask] if mask.shape == data.shape else data[: mask.size][mask])
    return np.compress(mask, data, axis=told["axis"])


def _points(given: Given, data: Array, places: Array, batch: int) -> Array:
    """The last axis of the places tells an index for each axis of the data after those of the batch (GatherND)."""
    front = data.shape[:batch]
    count = prod(front)
    flat = data.reshape(count, *data.shape[batch:])
    rows = places.reshape(count, -1, places.shape[-1])
    rest = data.shape[batch + places.shape[-1] :]
    given.makes(*places.shape[:-1], *rest)
    made = flat[(np.arange(count)[:, None], *np.moveaxis(rows, -1, 0))]
    return np.asarray(made.reshape(*places.shape[:-1], *rest))


def _index(data: Array, axes: Sequence[int], places: Sequence[Array]) -> tuple[Any, ...]:
    """Numpy's index for tensors of places at some axes."""
    found: list[Any] = [slice(None)] * data.ndim
    for axis, each in zip(axes, places, strict=True):
        found[axis] = each
    return tuple(found)


def scatter(given: Given) -> tuple[Array, ...]:
    """A copy of a tensor with values written to places of it, or brought together with what stands there."""
    told, operands = given.attributes, given.operands()
    data, values = operands[0], operands[-1]
    mode, how = told["mode"], told["reduction"]
    kind = np.result_type(data.dtype, values.dtype) if how != "none" or values.dtype.kind == "f" else data.dtype
    made = np.array(data, kind)
    if mode == "mask":
        mask = np.broadcast_to(operands[1].astype(bool), made.shape)
        made[mask] = values.reshape(-1)[: int(mask.sum())]
        return (made,)
    if mode == "range":
        made[_range(made, told)] = values
        return (made,)
    index = _written(made.shape, told, [each if each.dtype.kind == "b" else _whole(each) for each in operands[1:-1]])
    if mode == "along":
        values = _fitting(values, operands[1].shape)
    if how == "none":
        made[index] = values
    elif how == "mean":
        made = made.astype("float64")
        count = np.ones(made.shape)
        np.add.at(made, index, values)
        np.add.at(count, index, 1)
        made = made / count
    elif how in REDUCED:
        REDUCED[how].at(made, index, values)
    else:
        raise Uncomputable(f"parity has no formula for writing by {how!r}")
    return (made,)


def _fitting(values: Array, shape: Shape) -> Array:
    """The values for places that are fewer, or one value for all of them."""
    return values if values.ndim == 0 else values[tuple(slice(0, size) for size in shape)]


def _range(made: Array, told: Mapping[str, Any]) -> tuple[Any, ...]:
    index, start, end, step = told["at"]
    bounds = index if index is not None else slice(start, end, step)
    return (*(slice(None),) * (told["axis"] % made.ndim), bounds)


def _written(shape: tuple[int, ...], told: Mapping[str, Any], places: Sequence[Array]) -> tuple[Any, ...]:
    """Numpy's index for the places that are written to."""
    axis, first = told.get("axis"), places[0]
    if told["mode"] == "take":
        return (*(slice(None),) * (axis % len(shape) if axis is not None else 0), first)
    if told["mode"] == "along":
        grid: list[Any] = list(np.indices(first.shape))
        grid[(axis or 0) % len(shape)] = first
        return tuple(grid)
    if "at" in told:
        found: list[Any] = [slice(None)] * len(shape)
        for at, each in zip(told["at"], places, strict=True):
            found[at] = each
        return tuple(found) if first.dtype.kind != "b" else (*found[: told["at"][0]], first)
    return tuple(np.moveaxis(first, -1, 0))


def nonzero(given: Given) -> tuple[Array, ...]:
    """The places of what is not zero."""
    found = np.asarray(np.nonzero(given.inputs[0]), "int64")
    return (found.T if given.attributes["rows"] else found,)


def one_hot(given: Given) -> tuple[Array, ...]:
    """A number at the place that is named, another elsewhere; ONNX counts places below 0 from the end."""
    depth, axis = given.attributes["depth"], given.attributes["axis"]
    places = _whole(given.inputs[0])
    places = np.where(places < 0, places + depth, places) if given.framework == Framework.ONNX else places
    given.makes(*places.shape, depth)
    here = places[..., None] == np.arange(depth)
    made = np.where(here, given.attributes["on"], given.attributes["off"])
    return (np.moveaxis(made, -1, axis),)
