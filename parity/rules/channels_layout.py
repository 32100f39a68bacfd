"""A transpose between channels-first and channels-last stands next to a layer.

What it detects:
    A transpose on one side that only moves the channels to where the next operators need them, or back.

Why it happens:
    TensorFlow keeps channels last; ONNX and PyTorch operators need them first. Exporters transpose at the inputs and
    outputs of the model, and between operators that work along different axes.

How to fix:
    Nothing to fix. ``tf2onnx.convert.from_keras(..., inputs_as_nchw=[...])`` omits the one at the input, and changes
    the interface.

Example:
    A Keras model as ONNX begins with a Transpose of the image to channels first.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import is_softmax
from parity.rules._words import words_of, written_on


def claims(difference: Difference, _: View) -> bool:
    """A change of layout on one side, but around a softmax."""
    return difference.name == Undone.LAYOUT and not is_softmax(difference.layer)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the transposition."""
    side, _, _ = written_on(differences[0], view)
    return Explanation(f"{words_of(differences[0])} on the {side}")


RULE = Rule(Undone.LAYOUT.value, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
