"""Sliding windows: padding amounts and output sizes of convolutions and pooling."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

from parity.graph import Dim, Unknown

Padding = tuple[tuple[int, int], ...]

SAME_AT_UNKNOWN_SIZE = Unknown(
    "padding 'same' with a stride depends on the input size, which is not known",
    "give the model a fixed input size",
)


def pairs(sizes: Any, rank: int) -> tuple[int, ...]:
    """One number for each spatial axis, from a number or a sequence of one or ``rank`` numbers."""
    if isinstance(sizes, int):
        return (sizes,) * rank
    numbers = tuple(int(each) for each in sizes)
    return numbers * rank if len(numbers) == 1 else numbers


def symmetric(amounts: Any, rank: int) -> Padding:
    """PyTorch's padding: the same amount before and after."""
    return tuple((each, each) for each in pairs(amounts, rank))


def onnx_pads(pads: Sequence[int]) -> Padding:
    """ONNX's ``pads``: all the befores, then all the afters."""
    half = len(pads) // 2
    return tuple((int(pads[at]), int(pads[at + half])) for at in range(half))


def same(
    space: Sequence[Dim], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int], *, lower: bool = False
) -> Padding | Unknown:
    """The amounts that padding ``same`` means at these sizes: ``ceil(size / stride)`` outputs, the odd element after.

    Source: TensorFlow's padding rule, which ONNX calls SAME_UPPER; SAME_LOWER puts the odd element before.
    """
    amounts = []
    for size, extent, stride, step in zip(space, kernel, strides, dilation, strict=True):
        reach = (extent - 1) * step + 1
        if isinstance(size, int):
            total = max((ceil(size / stride) - 1) * stride + reach - size, 0)
        elif stride == 1:
            total = reach - 1
        else:
            return SAME_AT_UNKNOWN_SIZE
        less, more = total // 2, total - total // 2
        amounts.append((more, less) if lower else (less, more))
    return tuple(amounts)


def slide(
    size: Dim, kernel: int, stride: int, dilation: int, padding: tuple[int, int], *, round_up: bool = False
) -> Dim:
    """The number of positions of a window along one axis; the name of a symbolic size is lost.

    Rounding up follows PyTorch: a window that would start in the padding after the input is dropped.
    """
    if not isinstance(size, int):
        return None
    before, after = padding
    span = size + before + after - (kernel - 1) * dilation - 1
    if not round_up:
        return floor(span / stride) + 1
    count = ceil(span / stride) + 1
    return count - 1 if (count - 1) * stride >= size + before else count


def spatial(
    space: Sequence[Dim],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int],
    padding: Padding | Unknown,
    *,
    round_up: bool = False,
) -> tuple[Dim, ...]:
    """The spatial sizes after a window has slid over every axis."""
    if isinstance(padding, Unknown):
        return (None,) * len(space)
    return tuple(
        slide(*each, round_up=round_up) for each in zip(space, kernel, strides, dilation, padding, strict=True)
    )
