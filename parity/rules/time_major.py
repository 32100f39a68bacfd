"""A recurrent layer runs with the time axis before the batch axis.

What it detects:
    A recurrent layer between two transpositions that put time first and back, matched with one with the batch first.

Why it happens:
    PyTorch's recurrent layers take (time, batch, features) unless told ``batch_first=True``, and so does the ONNX
    operator by default; Keras takes (batch, time, features).

How to fix:
    Nothing to fix in the weights. Feed each side sequences in its own order.

Example:
    ``nn.LSTM(8, 16, batch_first=True)`` as ONNX is Transpose, LSTM and Transpose.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import written_on


def claims(difference: Difference, _: View) -> bool:
    """Time first on one side, between transpositions."""
    return difference.name == Undone.TIME_MAJOR


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say on which side."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(f"its input has time first on the {side}, between transpositions that undo it")


RULE = Rule(Undone.TIME_MAJOR.value, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
