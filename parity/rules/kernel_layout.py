"""A weight stores its axes in a different order.

What it detects:
    Matched weights of equal sizes whose axes are stored in different orders.

Why it happens:
    Keras stores convolution kernels as (kh, kw, in, out) and dense kernels as (in, out); PyTorch and ONNX as (out,
    in, kh, kw) and (out, in).

How to fix:
    Transpose when carrying weights over: ``kernel.transpose(3, 2, 0, 1)`` for a convolution, ``kernel.T`` for a dense
    layer. A square dense kernel hides a forgotten transpose, since its shape is right either way.

Example:
    ``Conv2D(36, 3)`` on 24 channels holds (3, 3, 24, 36), ``nn.Conv2d(24, 36, 3)`` holds (36, 24, 3, 3).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import is_depthwise, is_of_norm, orders


def claims(difference: Difference, _: View) -> bool:
    """Every weight with another order of axes, but for those with words of their own."""
    vector = difference.layer.kind == "spectral_norm" and difference.name != "kernel"
    told = is_depthwise(difference) or is_of_norm(difference) or difference.layer.kind == "embedding"
    return not told and not vector


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the layouts and the transposition between them."""
    return orders(differences)


RULE = Rule("kernel-layout", Effect.CONVERSION, frozenset({Topic.LAYOUT}), claims, explain)
