"""What poolings compute: one number of each window, or of the whole image.

Sources: https://onnx.ai/onnx/operators/onnx__AveragePool.html and onnx__LpPool.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html, torch.nn.LPPool2d.html and
torch.nn.AdaptiveAvgPool2d.html.
"""

from collections.abc import Callable, Sequence
from functools import reduce as folded
from itertools import product
from math import prod

import numpy as np

from parity.graph import Framework
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds._layouts import LAST
from parity.kinds._windows import slide
from parity.kinds.convolution._compute import as_given, back, channels_last, of_batch, padding
from parity.kinds.pooling._whole import adaptive_windows


class _Windows:
    """The windows of a pooling over an image whose channels are last."""

    def __init__(self, given: Given) -> None:
        told = given.attributes
        image = of_batch(given.inputs[0], len(told["pool_size"]))
        self.given, self.image = given, channels_last(image, told["data_format"])
        space = self.image.shape[1:-1]
        self.size, self.strides, self.dilation = (told[name] for name in ("pool_size", "strides", "dilation"))
        self.amounts = padding(told, space, "pool_size")
        windows = zip(space, self.size, self.strides, self.dilation, self.amounts, strict=True)
        counts = [slide(*each, round_up=bool(told["ceil_mode"])) for each in windows]
        self.counts = [count for count in counts if isinstance(count, int) and count > 0]
        if len(self.counts) < len(counts):
            raise Uncomputable("its window is larger than its padded input")

    def reduced(self, step: Callable[[Array, Array], Array], image: Array, filling: float) -> Array:
        """The elements of each window brought to one by a function of two, the padding filled with a number."""
        ends = [(0, 0), *self.reach(), (0, 0)]
        self.given.makes(*(size + a + b for size, (a, b) in zip(image.shape, ends, strict=True)))
        self.given.spend(image.shape[0] * image.shape[-1] * prod(self.counts) * prod(self.size))
        padded = np.pad(image, ends, constant_values=filling)
        return folded(step, (self.part(padded, at) for at in product(*map(range, self.size))))

    def part(self, padded: Array, at: Sequence[int]) -> Array:
        """What stands at one place of the window, in all positions of it."""
        windows = zip(at, self.dilation, self.counts, self.strides, strict=True)
        return padded[(slice(None), *(slice(a * d, a * d + (n - 1) * s + 1, s) for a, d, n, s in windows))]

    def reach(self) -> list[tuple[int, int]]:
        """The places that windows reach before and beyond each axis; the last may go beyond the padding."""
        found = []
        for n, k, s, d, count, (before, after) in zip(
            self.image.shape[1:-1], self.size, self.strides, self.dilation, self.counts, self.amounts, strict=True
        ):
            end = (count - 1) * s + (k - 1) * d + 1
            found.append((before, max(end - before - n, after)))
        return found

    def counted(self, *, with_padding: bool) -> Array:
        """How many places of each window lie in the image, or in it and its padding; what lies beyond counts never."""
        made = np.ones(())
        for n, k, s, d, count, (before, after) in zip(
            self.image.shape[1:-1], self.size, self.strides, self.dilation, self.counts, self.amounts, strict=True
        ):
            places = np.arange(count)[:, None] * s + np.arange(k) * d - before
            low, high = (-before, n + after) if with_padding else (0, n)
            inside = ((places >= low) & (places < high)).sum(axis=1)
            made = made[..., None] * inside
        return made[..., None]

    def done(self, made: Array) -> tuple[Array, ...]:
        """What comes out, in the layout of what came in."""
        return (as_given(back(made, self.given.attributes["data_format"]), self.given.inputs[0].ndim),)


def max_pool(given: Given) -> tuple[Array, ...]:
    """The largest element of each window; padding never wins."""
    windows = _Windows(given)
    least = -np.inf if windows.image.dtype.kind == "f" else np.iinfo("int64").min
    return windows.done(windows.reduced(np.maximum, windows.image, least))


def average_pool(given: Given) -> tuple[Array, ...]:
    """The mean of each window; padding is part of it where ``count_include_pad`` says so."""
    windows = _Windows(given)
    total = windows.reduced(np.add, windows.image, 0.0)
    return windows.done(total / windows.counted(with_padding=bool(given.attributes.get("count_include_pad"))))


def lp_pool(given: Given) -> tuple[Array, ...]:
    """The p-th root of the sum of p-th powers.

    PyTorch computes it of the mean, which it scales up for a window that is cut off where sizes are rounded up.
    """
    windows, order = _Windows(given), given.attributes["order"]
    raised = np.abs(windows.image) if given.attributes["absolute"] else windows.image
    total = windows.reduced(np.add, raised**order, 0.0)
    if given.attributes["ceil_mode"] and given.framework == Framework.TORCH:
        total = total / windows.counted(with_padding=True) * prod(windows.size)
    return windows.done(total ** (1 / order))


def global_max_pool(given: Given) -> tuple[Array, ...]:
    """The largest element of each channel."""
    return (given.inputs[0].max(axis=_space(given), keepdims=given.attributes["keepdims"]),)


def global_average_pool(given: Given) -> tuple[Array, ...]:
    """The mean of each channel."""
    return (given.inputs[0].mean(axis=_space(given), keepdims=given.attributes["keepdims"]),)


def _space(given: Given) -> tuple[int, ...]:
    rank = given.inputs[0].ndim
    if rank != (given.attributes["rank"] or rank):
        raise Uncomputable(f"it is a pooling of {given.attributes['rank']} axes, and its input has {rank}")
    return tuple(range(1, rank - 1) if given.attributes["data_format"] == LAST else range(2, rank))


def adaptive_average_pool(given: Given) -> tuple[Array, ...]:
    """Window n of N runs from floor(n * size / N) to ceil((n + 1) * size / N)."""
    return _adapted(given, np.mean)


def adaptive_max_pool(given: Given) -> tuple[Array, ...]:
    """The largest element of each window of ``adaptive_average_pool``."""
    return _adapted(given, np.max)


def _adapted(given: Given, function: Callable[..., Array]) -> tuple[Array, ...]:
    layout, counts = given.attributes["data_format"], given.attributes["output_size"]
    made = channels_last(given.inputs[0], layout)
    for axis, count in enumerate(counts, 1):
        made = np.concatenate([function(each, axis=axis, keepdims=True) for each in _spread(made, axis, count)], axis)
    return (back(made, layout),)


def _spread(array: Array, axis: int, count: int) -> Sequence[Array]:
    return [array[(slice(None),) * axis + (slice(*each),)] for each in adaptive_windows(array.shape[axis], count)]
