"""A weight is trained on one side and frozen on the other.

What it detects:
    Aligned weights of which one is trainable and the other is not.

Why it happens:
    ``layer.trainable = False`` in Keras or ``requires_grad_(False)`` in PyTorch was set on one side only. In Keras a
    frozen BatchNorm also stops using batch statistics; in PyTorch that takes ``.eval()``.

How to fix:
    Freeze or unfreeze the same layers on both sides.

Example:
    An encoder frozen in Keras whose PyTorch port trains all of it.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every weight of another class."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weights and their classes."""
    roles = ", ".join(each.name for each in differences)
    first = differences[0]
    return Explanation(
        f"{roles}: {first.left_value} on the left, {first.right_value} on the right",
        "Keras: layer.trainable = False; PyTorch: layer.requires_grad_(False)",
    )


RULE = Rule("frozen-layer", Effect.TRAINING, frozenset({Topic.CENSUS}), claims, explain)
