"""A depthwise kernel stores channels and multiplier as two axes on one side, as one on the other.

What it detects:
    Matched depthwise kernels of which one names channels and outputs for each channel apart.

Why it happens:
    Keras stores (kh, kw, channels, multiplier); PyTorch and ONNX store a grouped convolution,
    (channels * multiplier, 1, kh, kw), the outputs of a channel one after the other.

How to fix:
    Transpose, then merge: ``kernel.transpose(2, 3, 0, 1).reshape(-1, 1, kh, kw)``. With the usual transposition of
    kernels, (3, 2, 0, 1), a multiplier above 1 has its outputs in the wrong order, and the shape is right all the same.

Example:
    ``DepthwiseConv2D(3, depth_multiplier=2)`` on 24 channels holds (3, 3, 24, 2), ``nn.Conv2d(24, 48, 3, groups=24)``
    holds (48, 1, 3, 3).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import is_depthwise


def claims(difference: Difference, _: View) -> bool:
    """A kernel whose outputs are two axes on one side."""
    return is_depthwise(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the layouts, and how to get from the left one to the right one."""
    difference = differences[0]
    left, right = str(difference.left_value), str(difference.right_value)
    apart, merged = (left, right) if "multiplier" in left.split() else (right, left)
    weights = [layer.weight(difference.name) for layer in (difference.left, difference.right) if layer is not None]
    target = next((weight.shape for weight in reversed(weights) if weight is not None), ())
    names = apart.split()
    order = tuple(names.index(name) for name in ("group", "multiplier", *(each for each in names if each[0] == "k")))
    if apart == left:
        code = f"kernel.transpose{order}.reshape{target}"
    else:
        back = tuple(sorted(range(len(order)), key=lambda at: order[at]))
        sizes = dict(zip(names, target, strict=False))
        split = tuple(sizes.get(names[at]) for at in order)
        code = f"kernel.reshape{split}.transpose{back}"
    return Explanation(f"{left} -> {right}: {apart.split()[order[0]]} and multiplier are one axis in {merged}", code)


RULE = Rule("depthwise-layout", Effect.CONVERSION, frozenset({Topic.LAYOUT}), claims, explain)
