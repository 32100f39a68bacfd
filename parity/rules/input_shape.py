"""The models take inputs of different shapes.

What it detects:
    Matched inputs whose sizes differ along an axis of the same meaning, the batch aside.

Why it happens:
    The models were built for data of different size: another image size, another sequence length.

How to fix:
    Build both for the same input, or pad the data. The weights that depend on it cannot be carried over as they are.

Example:
    A text model built for 35 tokens and one for 31: its Dense kernel after Flatten has 832 rows in one and 704 in the
    other.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape


def claims(_: Difference, __: View) -> bool:
    """Every input that differs."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both shapes."""
    difference = differences[0]
    message = f"{shape(difference.left_value)} on the left, {shape(difference.right_value)} on the right"
    if difference.unknown is not None:
        reason, remedy = difference.unknown.reason, difference.unknown.remedy
        return Explanation(f"{message}: {reason}", remedy, concerns=Effect.INTERFACE)
    return Explanation(message, "build both models for the same input")


RULE = Rule("input-shape", Effect.INTERFACE, frozenset({Topic.INPUT_SHAPE}), claims, explain)
