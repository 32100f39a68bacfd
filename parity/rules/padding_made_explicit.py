"""Zero padding is a layer of its own on one side.

What it detects:
    A convolution or pooling with its own padding matched with one that follows a zero-padding layer.

Why it happens:
    PyTorch pads evenly only, so a port of ``padding="same"`` with a stride needs ``F.pad``; Keras' own ResNet pads with
    ``ZeroPadding2D`` to do as others do; exporters write a Pad for what an operator has no setting for.

How to fix:
    Nothing to fix: the amounts were added up, and agree unless another finding says otherwise.

Example:
    ``ZeroPadding2D(3)`` before ``Conv2D(64, 7, strides=2)`` on the left, ``nn.Conv2d(3, 64, 7, 2, padding=3)`` on the
    right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import words_of, written_on


def claims(difference: Difference, _: View) -> bool:
    """Padding by a layer of its own on one side."""
    return difference.name == Undone.PADDING


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the layer that pads."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(f"{words_of(differences[0])} on the {side}, and is a setting on the other side")


RULE = Rule(Undone.PADDING.value, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
