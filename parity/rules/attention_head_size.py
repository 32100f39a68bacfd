"""Attention heads have different sizes.

What it detects:
    Two matched attention layers whose queries and keys, or values, differ in the number of features per head, or in the
    number of heads for the same width.

Why it happens:
    Keras' ``MultiHeadAttention(num_heads, key_dim)`` takes the size of one head, ``value_dim`` that of one head's
    values. PyTorch's ``nn.MultiheadAttention(embed_dim, num_heads)`` takes the width of all heads together and divides
    it. Passing the whole width as ``key_dim`` makes heads ``num_heads`` times too wide. The projections then have
    different sizes, and the scores, which are divided by the square root of the head size, a different scale: both
    follow from this.

How to fix:
    ``key_dim = embed_dim // num_heads``.

Example:
    ``MultiHeadAttention(4, key_dim=32)`` against ``nn.MultiheadAttention(32, 4)``, whose heads have 8 features.
"""

from collections.abc import Sequence

from parity.comparison import HEAD_SIZE, VALUE_SIZE, Difference, Topic, View
from parity.graph import Effect, Framework, Layer, LayerGraph
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

SETTINGS = {HEAD_SIZE: "key_dim", VALUE_SIZE: "value_dim"}
"""What Keras calls them."""


def claims(difference: Difference, _: View) -> bool:
    """A size of heads that both sides tell."""
    return difference.name in SETTINGS and difference.layer.kind == "attention"


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say both sizes, and which setting of which framework makes them."""
    difference = differences[0]
    left, right = difference.left_value, difference.right_value
    what = "queries and keys" if difference.name == HEAD_SIZE else "values"
    heads = _heads(view.left, difference.left), _heads(view.right, difference.right)
    if None not in heads and heads[0] != heads[1]:
        message = f"{heads[0]} heads of {left:,} features on the left, {heads[1]} heads of {right:,} on the right"
        return Explanation(message, "build both with the same number of heads")
    message = f"each head has {left:,} features of {what} on the left, {right:,} on the right"
    setting = SETTINGS[difference.name]
    for side, layer, size, graph in (
        ("left", difference.left, right, view.left),
        ("right", difference.right, left, view.right),
    ):
        if layer is not None and graph.framework is Framework.KERAS:
            told = f"{message}: {setting} is the size of each head, not of all heads together"
            return Explanation(told, f"give {called(layer)} on the {side} {setting}={size}")
    return Explanation(message, "build both with heads of one size")


def _heads(graph: LayerGraph, layer: Layer | None) -> int | None:
    """How many heads the query has: (batch, heads, steps, features)."""
    shape = graph.shape(layer.inputs[0]) if layer is not None and layer.inputs else None
    return shape[1] if shape is not None and len(shape) == 4 and isinstance(shape[1], int) else None


RULE = Rule("attention-head-size", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
