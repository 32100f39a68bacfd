"""Words for the border of convolutions and poolings."""

from typing import Any

from parity.comparison import Difference
from parity.kinds import same_padding

WINDOWS = frozenset({"conv", "max_pool", "average_pool", "lp_pool"})
Amounts = tuple[tuple[int, int], ...]


def amounts(value: Any) -> Amounts | None:
    """Pixels before and after each axis, or None where they are not known."""
    known = isinstance(value, tuple) and all(
        isinstance(each, tuple) and len(each) == 2 and all(isinstance(one, int) for one in each)  # noqa: PLR2004  ends
        for each in value
    )
    return value if known else None


def totals(found: Amounts) -> list[int]:
    """Pixels in all on each axis."""
    return [before + after for before, after in found]


def hidden_at(difference: Difference) -> str:
    """At which sizes of the input ``same`` on one side pads as the other side does; "" where neither is ``same``."""
    layers = difference.left, difference.right
    values = difference.left_value, difference.right_value
    for layer, theirs in zip(layers, reversed(values), strict=True):
        window = _window(layer) if layer is not None and layer.attributes.get("padding_rule") else None
        other = amounts(theirs)
        if window is None or other is None or layer is None:
            continue
        strides = layer.attributes.get("strides")
        if not isinstance(strides, tuple) or len(strides) != len(window):
            continue
        size, stride, rule = window[0], strides[0], str(layer.attributes["padding_rule"])
        fits = [
            rest
            for rest in range(stride)
            if same_padding((64 * stride + rest,), (size,), (stride,), (1,), rule) == other[:1]
        ]
        if fits and stride > 1:
            where = "even" if (stride, fits) == (2, [0]) else "odd" if (stride, fits) == (2, [1]) else ""
            rests = where or f"a multiple of {stride} plus {fits[0]}"
            return f"; it would not show where the input size is {rests}"
        return "; it shows at every input size"
    return ""


def _window(layer: Any) -> tuple[int, ...] | None:
    """The window's size with dilation, by axis."""
    sizes, kernel = layer.attributes.get("pool_size"), layer.weight("kernel")
    if sizes is None and kernel is not None:
        names = kernel.axes.split()
        sizes = (
            tuple(size for name, size in zip(names, kernel.shape, strict=True) if name.startswith("k"))
            if len(names) == len(kernel.shape)
            else None
        )
    dilation = layer.attributes.get("dilation")
    if not isinstance(sizes, tuple) or not isinstance(dilation, tuple) or len(sizes) != len(dilation):
        return None
    return tuple((size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True))


def pad_code(found: Amounts) -> dict[str, str]:
    """Padding layers for both frameworks, by what they are called there."""
    flat = ", ".join(f"{before}, {after}" for before, after in reversed(found))
    ends = ", ".join(str(each) for each in found)
    return {
        "keras": f"ZeroPadding{len(found)}D(({ends})) before it, and no padding of its own",
        "torch": f"nn.ZeroPad{len(found)}d(({flat})) before it, and no padding of its own",
    }
