"""Sliding windows: padding amounts and output sizes of convolutions and pooling."""

from collections.abc import Sequence
from typing import Any

from parity.graph import Dim, Unknown

Padding = tuple[tuple[int, int], ...]

SAME_AT_UNKNOWN_SIZE = Unknown(
    "padding 'same' with a stride depends on the input size, which is not known",
    "give the model a fixed input size",
)

NEGATIVE_SAME = Unknown(
    "padding 'same' is negative where windows leave elements at the end; runtimes refuse that, or move the windows",
    "write the padding as numbers",
)

DILATED_SAME = Unknown(
    "padding 'same' of windows with gaps: onnxruntime pads pooling as if they had none, which ONNX does not say",
    "write the padding as numbers",
)

VALID = ("valid", "VALID")
ODD_BEFORE = "same, odd element before"
SAME = {"same": "same", "SAME_UPPER": "same", "SAME_LOWER": ODD_BEFORE}
"""Names of a padding that follows from the input size, and the rule that they mean."""


def pairs(sizes: Any, rank: int) -> tuple[int, ...]:
    """One number for each spatial axis, from a number or a sequence of one or ``rank`` numbers.

    Raises:
        TypeError, ValueError: it is neither.
    """
    if isinstance(sizes, int):
        return (sizes,) * rank
    numbers = tuple(int(each) for each in sizes)
    numbers = numbers * rank if len(numbers) == 1 else numbers
    if len(numbers) != rank:
        raise ValueError(sizes)
    return numbers


def symmetric(amounts: Any, rank: int) -> Padding:
    """PyTorch's padding: the same amount before and after."""
    return tuple((each, each) for each in pairs(amounts, rank))


def onnx_pads(pads: Sequence[int], rank: int) -> Padding:
    """ONNX's ``pads``: all the befores, then all the afters.

    Raises:
        ValueError: they are of another rank.
    """
    if len(pads) != 2 * rank:
        raise ValueError(pads)
    return tuple((int(pads[at]), int(pads[at + rank])) for at in range(rank))


def same(
    space: Sequence[Dim], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int], rule: str = "same"
) -> Padding | Unknown:
    """The amounts that padding ``same`` means at these sizes: ``ceil(size / stride)`` outputs, the odd element after.

    The rule is a name of it, or what the name means.

    Source: TensorFlow's padding rule, which ONNX calls SAME_UPPER; SAME_LOWER puts the odd element before.
    """
    amounts = []
    for size, extent, stride, step in zip(space, kernel, strides, dilation, strict=True):
        reach = (extent - 1) * step + 1
        if isinstance(size, int):
            total = max(_needed(size, reach, stride), 0)
        elif stride == 1:
            total = reach - 1
        else:
            return SAME_AT_UNKNOWN_SIZE
        less, more = total // 2, total - total // 2
        amounts.append((more, less) if SAME.get(rule, rule) == ODD_BEFORE else (less, more))
    return tuple(amounts)


def _needed(size: int, reach: int, stride: int) -> int:
    """How many elements ``ceil(size / stride)`` windows need beyond those of an axis; below 0 where some are left."""
    return (-(-size // stride) - 1) * stride + reach - size


def same_is_negative(
    space: Sequence[Dim], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> bool:
    """Whether padding ``same`` would be negative along an axis, or may be of a symbolic size, half of it at either end.

    The formula of ONNX says so: https://onnx.ai/onnx/operators/onnx__MaxPool.html, ``pad_shape``.
    """
    for size, extent, stride, step in zip(space, kernel, strides, dilation, strict=True):
        reach = (extent - 1) * step + 1
        least = _needed(size if isinstance(size, int) else stride, reach, stride)
        if least < -1:
            return True
    return False


def slide(
    size: Dim, kernel: int, stride: int, dilation: int, padding: tuple[int, int], *, round_up: bool = False
) -> Dim:
    """The number of positions of a window along one axis; None where it does not fit or the size is symbolic.

    Rounding up follows PyTorch: a window that would start in the padding after the input is dropped, and one that is
    larger than the input has its one position.
    """
    if not isinstance(size, int):
        return None
    before, after = padding
    span = size + before + after - (kernel - 1) * dilation - 1
    if stride < 1 or (span < 0 and not round_up):
        return None
    if not round_up:
        return span // stride + 1
    count = -(-span // stride) + 1
    if count < 1:
        return None
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
    """The spatial sizes after a window has slid over every axis.

    Raises:
        ValueError: the window has another rank.
    """
    if isinstance(padding, Unknown):
        return (None,) * len(space)
    return tuple(
        slide(*each, round_up=round_up) for each in zip(space, kernel, strides, dilation, padding, strict=True)
    )
