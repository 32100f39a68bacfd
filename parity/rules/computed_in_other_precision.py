"""Layers compute in different precision.

What it detects:
    Matched layers of which one computes in half precision or integers, because of its policy, whatever dtype its
    weights are stored in.

Why it happens:
    ``keras.config.set_dtype_policy("mixed_float16")`` keeps variables in float32 and computes in float16;
    ``model.quantize("int8")`` rounds inputs as well. A comparison of weights does not show it.

How to fix:
    ``dtype="float32"`` on both sides. Only the profile ``exact`` asks for it; otherwise outputs agree up to the
    rounding of the narrower dtype, which a softmax over many classes or a deep network can make visible.

Example:
    ``Dense(10, dtype="mixed_float16")`` on the left, ``Dense(10)`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every such difference."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both types."""
    left, right = differences[0].left_value, differences[0].right_value
    message = f"computed in {left} on the left, in {right} on the right: outputs are rounded differently"
    return Explanation(message, "use one dtype policy on both sides", concerns=Effect.INFERENCE)


RULE = Rule("computed-in-other-precision", Effect.BOOKKEEPING, frozenset({Topic.PRECISION}), claims, explain)
