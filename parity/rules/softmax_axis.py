"""Softmax runs over a different axis.

What it detects:
    Matched softmax layers that normalise along different axes.

Why it happens:
    ``nn.Softmax()`` without ``dim`` guesses, and channels are the last axis in Keras and the second in PyTorch.

How to fix:
    Name the axis by what it means: ``nn.Softmax(dim=1)`` for channels first, ``Softmax(axis=-1)`` for channels last.

Example:
    A segmentation head whose probabilities sum to one over a row of pixels, not over the classes.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"activation"})


def claims(difference: Difference, _: View) -> bool:
    """An axis that both sides tell."""
    return both_told(difference, KINDS, "axis")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both axes."""
    difference = differences[0]
    left, right = (
        value if isinstance(value, str) else f"axis {value}"
        for value in (difference.left_value, difference.right_value)
    )
    function = difference.layer.attributes.get("function", "softmax")
    message = f"{function} sums to one over {left} on the left, over {right} on the right"
    axis = difference.left_value if isinstance(difference.left_value, int) else f"the axis of {difference.left_value}"
    return Explanation(message, as_left(view, keras=f"Softmax(axis={axis})", torch=f"nn.Softmax(dim={axis})"))


RULE = Rule("softmax-axis", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
