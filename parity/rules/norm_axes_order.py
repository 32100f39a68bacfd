"""Scale and offset of a normalisation over several axes are stored in a different order.

What it detects:
    Matched normalisations over channels and positions whose weights name the same axes in another order.

Why it happens:
    The weights have the axes of what is normalised, and Keras has channels last, PyTorch first. As many elements, and
    no error where all sizes are equal.

How to fix:
    Transpose when carrying weights over: ``gamma.transpose(2, 0, 1)`` from (h, w, c) to (c, h, w).

Example:
    ``LayerNormalization(axis=[1, 2, 3])`` of 8 x 8 x 3 holds (8, 8, 3), ``nn.LayerNorm((3, 8, 8))`` holds (3, 8, 8).
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import is_of_norm, orders


def claims(difference: Difference, _: View) -> bool:
    """A scale or offset of several axes."""
    return is_of_norm(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the orders and the transposition between them."""
    names = " and ".join(dict.fromkeys(each.name for each in differences))
    said = orders(differences)
    return replace(said, message=f"{names}: {said.message}")


RULE = Rule("norm-axes-order", Effect.CONVERSION, frozenset({Topic.LAYOUT}), claims, explain)
