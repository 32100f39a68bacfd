"""Where a resized image is sampled: coordinates, rounding and interpolation, in one set of terms for all frameworks.

``half_pixel`` takes pixels as squares whose centres are sampled, ``align_corners`` as points whose outermost stay where
they are, ``asymmetric`` as squares whose upper left corners are sampled. The terms are ONNX's; which settings of
which framework give the same numbers is measured in ``tests/kinds/test_resize.py``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Dim, Unknown

HALF, CORNERS, ASYMMETRIC = "half_pixel", "align_corners", "asymmetric"
FLOOR, HALF_UP = "floor", "round_prefer_ceil"

KEYS, PYTORCH = -0.5, -0.75
"""Coefficients of the cubic kernel: that of Keys' paper, which TensorFlow has, and PyTorch's."""

SCALE_OF_UNKNOWN_SIZE = Unknown(
    "the scale of a resize to a fixed size depends on the input size, which is not known",
    "give the model a fixed input size",
)

REPEATS = {(HALF, "round_prefer_floor"), (HALF, HALF_UP), (ASYMMETRIC, FLOOR)}
"""What repeats every element where the scale is a whole number, so that there the second stands for all."""


def nearest(coordinates: str, rounding: str) -> dict[str, Any]:
    """The nearest element."""
    return {"method": "nearest", "coordinates": coordinates, "rounding": rounding}


def linear(coordinates: str, *, antialias: bool = False) -> dict[str, Any]:
    """Between the two nearest elements of each axis."""
    return {"method": "linear", "coordinates": coordinates, "antialias": antialias}


def cubic(coordinates: str, coefficient: float, *, renormalise: bool, antialias: bool = False) -> dict[str, Any]:
    """Between the four nearest elements; outside the image are copies of its border, or nothing (renormalised)."""
    return {
        "method": "cubic",
        "coordinates": coordinates,
        "coefficient": coefficient,
        "renormalise": renormalise,
        "antialias": antialias,
    }


def scales_of(space: Sequence[Dim], target: Sequence[Dim]) -> tuple[float, ...] | Unknown:
    """How much larger each axis becomes."""
    if not all(isinstance(size, int) and size > 0 for size in (*space, *target)):
        return SCALE_OF_UNKNOWN_SIZE
    return tuple(float(out) / size for size, out in zip(space, target, strict=True) if isinstance(size, int) and out)


def simplest(grid: Mapping[str, Any], scales: tuple[float, ...] | Unknown) -> dict[str, Any]:
    """The same grid in its simplest terms at these scales: different settings may mean the same."""
    found = dict(grid)
    repeats = (found["coordinates"], found.get("rounding")) in REPEATS
    if isinstance(scales, Unknown):
        plain = not repeats or (found["coordinates"], found["rounding"]) == (HALF, HALF_UP)
        return found if plain else {**found, "coordinates": scales, "rounding": scales}
    if "antialias" in found and all(scale >= 1 for scale in scales):
        found["antialias"] = False  # there is nothing to smooth where no element is left out
    whole = all(scale.is_integer() for scale in scales)
    return nearest(HALF, HALF_UP) if whole and repeats else found
