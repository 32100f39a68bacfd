"""The attention scale factor differs.

What it detects:
    Matched attentions with different scales before the softmax.

Why it happens:
    Scores are divided by the square root of the head width in ``MultiHeadAttention`` of Keras and PyTorch and in
    ``scaled_dot_product_attention``; ``keras.layers.Attention`` multiplies by 1, T5 has no scale, and others divide by
    the square root of the model width.

How to fix:
    Set it explicitly, ``scaled_dot_product_attention(q, k, v, scale=0.125)``, or multiply the query by the ratio of the
    two.

Example:
    Heads 4 wide: 0.5 in PyTorch, 1 in ``keras.layers.Attention``. The softmax is twice as steep there.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import both_told
from parity.rules._words import called, plain

KINDS = frozenset({"attention"})


def claims(difference: Difference, _: View) -> bool:
    """A scale that both sides tell."""
    numbers = all(isinstance(each, int | float) for each in (difference.left_value, difference.right_value))
    return both_told(difference, KINDS, "scale") and numbers


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say both numbers, and by what the query makes up for them."""
    left, right = differences[0].left_value, differences[0].right_value
    message = f"scores are multiplied by {plain(left)} on the left, {plain(right)} on the right"
    if not left or not right:
        return Explanation(message, "set the same scale on both sides")
    layer = differences[0].right or differences[0].layer
    ratio = f"{message}: before the softmax the left ones are {plain(left / right)} times the right ones"
    remedy = f"to match the left: multiply the query of {called(layer)} by {plain(left / right)}"
    if view.right.framework is Framework.TORCH:
        remedy += f", or use F.scaled_dot_product_attention(..., scale={plain(left)})"
    return Explanation(ratio, remedy)


RULE = Rule("attention-scale", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
