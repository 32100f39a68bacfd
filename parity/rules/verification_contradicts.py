"""No difference was found, yet the computed outputs differ.

What it detects:
    Models that are equivalent according to everything else, but whose outputs differ once both have the same weights.
    Checked before ``parity check`` and ``assert_parity`` pass (``--verify``).

Why it happens:
    There is a difference that parity does not see, or one of its own formulas is wrong. Either way the structure alone
    is no proof, so the answer is inconclusive.

How to fix:
    Please report it with both files. ``parity compare --outputs`` names the first layer whose output differs.

Example:
    A setting that one format leaves out and parity took for its default.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule

REASON = "both were computed with the same weights, and no finding accounts for it"


def claims(_: Difference, __: View) -> bool:
    """Any contradiction."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the output."""
    first = differences[0]
    message = f"{first.name}: {first.right_value:.2g} apart relative to the left output: {REASON}"
    return Explanation(message, "compare with --outputs, and report it with both files", concerns=Effect.INFERENCE)


RULE = Rule("verification-contradicts", Effect.UNKNOWN, frozenset({Topic.CONTRADICTION}), claims, explain)
