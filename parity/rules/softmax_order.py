"""The axis of a softmax is moved to another position before it and back after it.

What it detects:
    Matched softmax layers along the same axis, which one side moves to another position first, and back afterwards.

Why it happens:
    Up to opset 12 an ONNX softmax flattens its input to a matrix: everything from its axis on is one row. Along the
    channels of an image that is a different function, so exporters transpose the channels to the end, and back.

How to fix:
    Nothing to fix; with ``opset_version=13`` or later the transposes are gone.

Example:
    ``nn.Softmax(dim=1)`` after a convolution, exported to opset 11: Transpose, Softmax of axis 3, Transpose.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import is_softmax
from parity.rules._words import written_on


def claims(difference: Difference, _: View) -> bool:
    """A change of layout around a softmax."""
    return difference.name == Undone.LAYOUT and is_softmax(difference.layer)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say on which side."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(
        f"its axis is moved to another position first on the {side}, and back afterwards; the outputs are the same"
    )


RULE = Rule("softmax-order", Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
