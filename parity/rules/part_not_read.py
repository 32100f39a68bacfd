"""A part of a source could not be read.

What it detects:
    Something in the file that could not be interpreted: a Lambda layer, a missing data file, a reference to foreign
    code.

Why it happens:
    Files are read without running anything that is in them.

How to fix:
    The finding names the part and what would help.

Example:
    A Keras ``Lambda`` layer, whose function is marshalled code.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import undecided


def claims(_: Difference, __: View) -> bool:
    """Whatever a reader has reported."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why it cannot be decided, and what would decide it."""
    return undecided(differences[0], Effect.INFERENCE)


RULE = Rule("part-not-read", Effect.UNKNOWN, frozenset({Topic.GAP}), claims, explain)
