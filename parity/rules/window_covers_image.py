"""A pooling window that covers the whole image does what a global pooling does.

What it detects:
    A pooling with a window of fixed size matched with a global one, at the image size at which the models are compared.

Why it happens:
    Older models pool with ``AvgPool2d(7)`` what newer ones pool with ``AdaptiveAvgPool2d(1)``; exporters write one for
    the other.

How to fix:
    Nothing to fix at this image size. At other sizes they differ: use global pooling on both sides.

Example:
    ``nn.AvgPool2d(7)`` on 7 x 7 positions on the left, ``GlobalAveragePooling2D()`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import written_on


def claims(difference: Difference, _: View) -> bool:
    """A window that covers the image on one side."""
    return difference.name == Undone.COVERED


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say on which side, and that other sizes differ."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(
        f"a window on the {side} covers the whole image, as a global pooling does; at another size it would not"
    )


RULE = Rule(Undone.COVERED.value, Effect.BOOKKEEPING, frozenset({Topic.WRITTEN}), claims, explain)
