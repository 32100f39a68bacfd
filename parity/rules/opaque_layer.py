"""A layer of an unsupported operator or class.

What it detects:
    Matched layers of an unsupported operator or class, unless both are the same operator with the same settings.

Why it happens:
    The operator is custom code, or parity does not support it yet. Its position and its tensors were compared, its
    behaviour was not.

How to fix:
    Compare its outputs on example inputs.

Example:
    ``x = MyAttention()(x)``.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import undecided


def claims(_: Difference, __: View) -> bool:
    """An operator without a kind."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why it cannot be decided, and what would decide it."""
    said = undecided(differences[0], Effect.INFERENCE)
    return replace(said, remedy=said.remedy or "compare the outputs on example inputs")


RULE = Rule("opaque-layer", Effect.UNKNOWN, frozenset({Topic.OPAQUE}), claims, explain)
