"""A file does not record which weights are frozen.

What it detects:
    A side whose format has no place for the trainable flag.

Why it happens:
    ONNX files and state_dicts hold tensors, not what an optimizer would do with them. Trainable and frozen elements
    are then compared as one sum.

How to fix:
    Compare the model that the file was made from, if the flag matters.

Example:
    An ONNX export of a model with a frozen encoder.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import undecided


def claims(_: Difference, __: View) -> bool:
    """The whole of a side."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why it cannot be decided, and what would decide it."""
    return undecided(differences[0], Effect.TRAINING)


RULE = Rule("trainability-unknown", Effect.UNKNOWN, frozenset({Topic.TRAINABILITY}), claims, explain)
