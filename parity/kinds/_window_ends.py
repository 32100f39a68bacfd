"""What sliding windows do at the ends of an axis, where borders that are told differently may come to the same."""

from typing import Any

from parity.kinds._contract import Attributes
from parity.kinds._windows import same, slide

BORDERS = frozenset({"padding", "padding_mode", "ceil_mode", "count_include_pad"})
"""Attributes of a window that only say what is done at the ends of its axes."""


def window_ends(kind: str, attributes: Attributes, axis: int, size: int) -> tuple[Any, ...] | None:
    """What the windows of a layer do at both ends of an axis of a size; two that do the same compute the same there.

    Those after the image are often fewer than its padding says: ``(1, 1)`` and ``(1, 0)`` are one padding for windows
    of 3 that go 2 by 2 over an even size, and so are ``(0, 1)`` and rounding up.

    Args:
        kind: ``conv``, ``max_pool``, ``average_pool`` or ``lp_pool``.
        attributes: of the layer.
        axis: a spatial axis, from 0.
        size: elements along that axis of the input.

    Returns:
        None where the border is not known or no window fits.
    """
    windows = attributes.get("kernel_size", attributes.get("pool_size"))
    settings = [windows, attributes.get("strides"), attributes.get("dilation"), attributes.get("padding")]
    rule = attributes.get("padding_rule")
    if not all(isinstance(each, tuple) and axis < len(each) for each in settings[: 3 if rule else 4]):
        return None
    window, stride, dilation = (each[axis] for each in settings[:3] if each is not None)
    by_rule = same((size,), (window,), (stride,), (dilation,), rule) if rule else settings[3]
    if not isinstance(by_rule, tuple):
        return None
    before, after = by_rule[0 if rule else axis]
    count = slide(size, window, stride, dilation, (before, after), round_up=bool(attributes.get("ceil_mode")))
    if not isinstance(count, int):
        return None
    beyond = max((count - 1) * stride + (window - 1) * dilation + 1 - before - size, 0)
    filled = _filled(kind, attributes, before, after, beyond)
    return (window, stride, dilation, count, before, beyond, filled)


def _filled(kind: str, attributes: Attributes, before: int, after: int, beyond: int) -> Any:
    """What the windows find before the image and beyond it, as far as an average counts it."""
    if kind == "average_pool":
        # What lies beyond the padding, too, since sizes are rounded up, is never counted.
        return (before, min(beyond, after)) if attributes.get("count_include_pad") else (0, 0)
    if kind == "lp_pool":
        # PyTorch scales up the mean of what a cut window holds.
        return bool(attributes.get("ceil_mode")) and beyond > 0
    return attributes.get("padding_mode") if before or beyond else None
