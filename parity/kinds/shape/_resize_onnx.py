"""ONNX's Resize and Upsample: sizes, and what their modes mean."""

from collections.abc import Sequence
from dataclasses import replace
from math import isclose
from struct import pack, unpack
from typing import Any

from parity.graph import Dim, Unknown
from parity.kinds._contract import Call, whole
from parity.kinds.arithmetic._grids import (
    ASYMMETRIC,
    CORNERS,
    FLOOR,
    HALF,
    HALF_UP,
    PYTORCH,
    cubic,
    linear,
    nearest,
    scales_of,
)
from parity.sizes import divided

SINGLE_PRECISION = 1e-6

Sizes = tuple[tuple[int, ...] | None, tuple[float, ...]]


def with_recorded_sizes(call: Call) -> Call | None:
    """A call whose sizes the model computes, with those that the source records of the output, but for the batch.

    Free sizes are told by how many times as large they become.
    """
    before, after = call.shape(), call.output_shape()
    if before is None or after is None or before[0] != after[0]:
        return None
    times = [divided(large, small) for small, large in zip(before[1:], after[1:], strict=False)]
    told = {"sizes": tuple(after[1:])} if whole(*after[1:]) else {"scales": tuple(times)}
    if not (whole(*after[1:]) or whole(*times)):
        return None
    settings = {**call.node.attributes, **told, "axes": tuple(range(1, len(after)))}
    inputs = {name: value for name, value in call.node.inputs.items() if name != "sizes"}
    return replace(call, node=replace(call.node, inputs=inputs, attributes=settings))


def sizes_of(call: Call) -> Sizes | None:
    """The output sizes where they are known, and how much larger each axis becomes; None if the call does not tell."""
    shape = call.shape()
    if shape is None or len(call.inputs) != 1 or call.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        return None
    rank = len(shape)
    sizes, scales, axes = (_numbers(call.get(name)) for name in ("sizes", "scales", "axes"))
    chosen = [int(axis) % rank for axis in axes] if axes else range(rank)
    if sizes:
        target: list[Dim] = list(shape)
        for axis, size in zip(chosen, sizes, strict=True):
            target[axis] = int(size)
        found = scales_of([shape[axis] for axis in chosen], [target[axis] for axis in chosen])
        if isinstance(found, Unknown) or not whole(*(size for size in target[1:])):
            return None
        factors = dict(zip(chosen, found, strict=True))
        # A batch of any size is not resized.
        made = tuple(size if isinstance(size, int) else 1 for size in target)
        return made, tuple(factors.get(axis, 1.0) for axis in range(rank))
    if not scales:
        return None
    factors = dict(zip(chosen, map(float, scales), strict=True))
    full = tuple(factors.get(axis, 1.0) for axis in range(rank))
    if not whole(*shape[1:]):
        return None, full
    made_of = [_scaled(size, factor) if isinstance(size, int) else 1 for size, factor in zip(shape, full, strict=True)]
    return tuple(made_of), full


def _scaled(size: int, factor: float) -> int:
    """The output size of onnxruntime, a product in single precision rounded down."""
    (single,) = unpack("f", pack("f", factor))
    return int(unpack("f", pack("f", size * single))[0])


def _numbers(given: Any) -> tuple[float, ...]:
    return tuple(given) if isinstance(given, list | tuple) else ()


def grid_of(
    call: Call, space: Sequence[Dim], scales: Sequence[float], target: Sequence[int] | None
) -> dict[str, Any] | None:
    """The grid in common terms; None where they have none for it.

    Upsample, and Resize of opset 10, sample as ``asymmetric`` and round down.
    """
    old = call.node.op == "Upsample" or call.get("__opset__", 11) < 11
    mode = str(call.get("mode", "nearest"))
    coordinates = ASYMMETRIC if old else str(call.get("coordinate_transformation_mode", HALF))
    rounding = FLOOR if old else str(call.get("nearest_mode", "round_prefer_floor"))
    if coordinates == "tf_half_pixel_for_nn":
        coordinates, rounding = (HALF, HALF_UP) if (mode, rounding) == ("nearest", FLOOR) else ("", "")
    made = target or [
        int(size * scale) if isinstance(size, int) else 0 for size, scale in zip(space, scales, strict=True)
    ]
    if coordinates == "pytorch_half_pixel" and min(made) > 1:
        coordinates = HALF  # it is another one where a single element is left
    exact = all(
        isinstance(size, int) and isclose(size * scale, out, rel_tol=SINGLE_PRECISION)
        for size, scale, out in zip(space, scales, made, strict=True)
    )
    if coordinates == "half_pixel_symmetric" and exact:
        coordinates = HALF
    antialias = bool(call.get("antialias", 0))
    if coordinates not in {HALF, CORNERS, ASYMMETRIC} or (antialias and min(scales) < 1):
        return None
    if mode == "nearest":
        return nearest(coordinates, rounding)
    # Elements outside the image only count for the cubic kernel and for antialiasing.
    if mode in {"linear", "bilinear"}:
        return linear(coordinates)
    if mode == "cubic":
        coefficient = float(call.get("cubic_coeff_a", PYTORCH))
        return cubic(coordinates, coefficient, renormalise=bool(call.get("exclude_outside", 0)))
    return None
