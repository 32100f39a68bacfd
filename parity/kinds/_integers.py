"""Small integers that stand for real numbers: a layer that works on them computes on what they stand for.

Source: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html and onnx__QLinearConv.html: an integer q stands for
(q - zero point) * scale, and a real number is rounded to the nearest one, halves to the even one, within the type.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity.kinds._given import Array, Compute, Given, Stored, Uncomputable

RANGES = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)} | {
    "uint4": (0, 15),
    "int4": (-8, 7),
}
SCALE, ZERO = "_scale", "_zero_point"
KERNELS, VALUES = ("w", "b", "B"), ("x", "a", "A", "X")
"""What operators call their kernel, and what it is applied to, in the names of scales and zero points."""


def on_grids(compute: Compute, given: Given) -> tuple[Array, ...]:
    """What a layer that is told to take or give small integers makes of them.

    Raises:
        Uncomputable: some scale or zero point is not known.
    """
    told = given.attributes
    if "offsets" in told or "scaled_later" in told:
        raise Uncomputable("it multiplies integers whose zero points are not in the graph")
    made = compute(_real(given) if "takes" in told else given)
    return (rounded(made[0], told["gives"]), *made[1:]) if "gives" in told else made


def rounded(value: Array, grid: Any) -> Array:
    """The integers of a grid (scale, zero point, type) that are nearest."""
    scale, zero, dtype = _known(grid)
    low, high = RANGES[dtype]
    return np.asarray(np.clip(np.rint(value / scale) + zero, low, high).astype("int64"))


def scaled(integers: Array, grid: Any) -> Array:
    """What integers of a grid stand for."""
    scale, zero, _ = _known(grid)
    return np.asarray((integers - zero) * scale)


def _known(grid: Any) -> tuple[float, int, str]:
    if len(grid) != 3 or not isinstance(grid[0], float) or grid[2] not in RANGES:
        raise Uncomputable("the scale of its integers is not known")
    return float(np.float32(grid[0])), int(grid[1]), grid[2]  # files keep scales in single precision


def _real(given: Given) -> Given:
    takes = given.attributes["takes"]
    if len(takes) != len(given.inputs) or any(role.startswith("operand") for role in given.stored):
        raise Uncomputable("the scales of its operands are not all known")
    grids = [grid if len(grid) == 3 else _told(given.stored) for _, grid in takes]
    inputs = tuple(scaled(*each) for each in zip(given.inputs, grids, strict=True))
    stored = dict(given.stored)
    if "kernel" in stored:
        stored["kernel"] = Stored(_kernel(given), stored["kernel"].axes)
        if "bias" in stored and stored["bias"].array.dtype.kind == "i":
            bias = stored["bias"].array * (grids[0][0] * _part(given.stored, KERNELS, SCALE))
            stored["bias"] = Stored(bias, stored["bias"].axes)
    return replace(given, inputs=inputs, stored=stored)


def _told(stored: Mapping[str, Stored]) -> tuple[float, int, str]:
    """The grid of what comes in, where it stands beside the kernel."""
    scale, zero = (_part(stored, VALUES, suffix) for suffix in (SCALE, ZERO))
    if scale.size != 1 or zero.size != 1:
        raise Uncomputable("its input has several scales")
    return float(scale.reshape(())), int(zero.reshape(())), "uint8"


def _part(stored: Mapping[str, Stored], names: tuple[str, ...], suffix: str) -> Array:
    found = next((stored[f"{name}{suffix}"] for name in names if f"{name}{suffix}" in stored), None)
    if found is None:
        raise Uncomputable("the scale of its integers is not known")
    return found.array


def _kernel(given: Given) -> Array:
    """The kernel that integers stand for, whose scales are one or one for each unit."""
    kernel = given.stored["kernel"]
    scale, zero = (_part(given.stored, KERNELS, suffix) for suffix in (SCALE, ZERO))
    names = kernel.axes.split()
    units = next((at for at, name in enumerate(names) if name in {"out", "group*multiplier"}), None)
    laid = [-1 if at == units else 1 for at in range(kernel.array.ndim)]
    scale, zero = (each.reshape(laid) if each.size > 1 else each.reshape(()) for each in (scale, zero))
    return np.asarray((kernel.array - zero) * scale)
