"""Resizing along one axis after the other: a matrix of how much each old place counts for each new one.

Sources: https://onnx.ai/onnx/operators/onnx__Resize.html; Keys 1981 for the cubic kernel; the documents of
``tf.image.resize`` for antialiasing, Lanczos and area: a kernel as wide as what one new place stands for.
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from parity.graph import Unknown
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds.arithmetic._grids import ASYMMETRIC, CORNERS, HALF
from parity.kinds.convolution._compute import back, channels_last

NEARLY = 1e-9

ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "floor": lambda x: np.floor(x + NEARLY),
    "ceil": lambda x: np.ceil(x - NEARLY),
    "round_prefer_floor": lambda x: np.ceil(x - 0.5 - NEARLY),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5 + NEARLY),
}
CUBIC = 2
"""How far the cubic kernel reaches."""

LANCZOS = {"lanczos3": 3, "lanczos5": 5}


def sampled(given: Given) -> tuple[Array, ...]:
    """An image of another size."""
    told, layout = given.attributes, given.attributes["data_format"]
    image = channels_last(given.inputs[0], layout)
    space, scales = image.shape[1:-1], told["scales"]
    sizes = told["size"] or _scaled(space, scales)
    made = image
    for axis, (size, new) in enumerate(zip(space, sizes, strict=True), 1):
        scale = new / size if isinstance(scales, Unknown) else scales[axis - 1]
        given.makes(*made.shape[:axis], new, *made.shape[axis + 1 :])
        if told["method"] == "nearest":
            places = ROUNDINGS[told["rounding"]](_places(told["coordinates"], size, new, scale))
            made = np.take(made, np.clip(places, 0, size - 1).astype("int64"), axis=axis)
        elif not (size == new and scale == 1):
            given.spend(prod(made.shape) * new)
            given.makes(size, new)
            made = np.moveaxis(np.tensordot(made, _matrix(told, size, new, scale), (axis, 1)), -1, axis)
    return (back(made, layout),)


def _scaled(space: tuple[int, ...], scales: Any) -> tuple[int, ...]:
    if isinstance(scales, Unknown):
        raise Uncomputable(f"its size is not known: {scales.reason}")
    return tuple(int(size * scale) for size, scale in zip(space, scales, strict=True))


def _places(coordinates: str, size: int, new: int, scale: float) -> Array:
    """Where in the old axis each new place lies."""
    places = np.arange(new, dtype="float64")
    if coordinates == CORNERS:
        return places * (size - 1) / (new - 1) if new > 1 else places
    by_sizes = np.isclose(scale * size, new, rtol=1e-6, atol=0)
    if coordinates == HALF:
        return (places + 0.5) * size / new - 0.5 if by_sizes else (places + 0.5) / scale - 0.5
    if coordinates == ASYMMETRIC:
        return places * size / new if by_sizes else places / scale
    raise Uncomputable(f"parity has no formula for the coordinates {coordinates!r}")


def _matrix(told: Mapping[str, Any], size: int, new: int, scale: float) -> Array:
    """(new, old): the share of each old place in each new one."""
    method = told["method"]
    if method == "area":
        return _areas(size, new)
    places = _places(told["coordinates"], size, new, scale)
    wide = max(1 / scale, 1.0) if told.get("antialias") else 1.0
    kernel, reach = _kernel(told)
    reach *= wide
    clamped = method in {"linear", "cubic"} and not told.get("antialias") and not told.get("renormalise")
    first = np.floor(places - reach).astype("int64")
    made = np.zeros((new, size))
    for step in range(int(2 * reach) + 3):
        at = first + step
        share = kernel((at - places) / wide)
        inside = (at >= 0) & (at < size)
        share = share if clamped else np.where(inside, share, 0.0)
        np.add.at(made, (np.arange(new), np.clip(at, 0, size - 1)), share)
    return made if clamped else made / made.sum(axis=1, keepdims=True)


def _kernel(told: Mapping[str, Any]) -> tuple[Callable[[Array], Array], float]:
    """How much a place counts by its distance, and how far it reaches."""
    method = told["method"]
    if method == "linear":
        return lambda x: np.maximum(1 - np.abs(x), 0), 1.0
    if method == "cubic":
        return lambda x: _cubic(np.abs(x), told["coefficient"]), float(CUBIC)
    if method in LANCZOS:
        radius = LANCZOS[method]
        return lambda x: np.where(np.abs(x) < radius, np.sinc(x) * np.sinc(x / radius), 0.0), float(radius)
    raise Uncomputable(f"parity has no formula for resizing by {method!r}")


def _cubic(x: Array, a: float) -> Array:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < CUBIC, far, 0.0))


def _areas(size: int, new: int) -> Array:
    """The part of each old place that lies in what a new one covers."""
    low = np.arange(new)[:, None] * size / new
    high, at = low + size / new, np.arange(size)
    return np.asarray(np.maximum(np.minimum(high, at + 1) - np.maximum(low, at), 0) * new / size)
