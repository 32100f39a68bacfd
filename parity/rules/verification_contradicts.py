"""Nothing differs in what was compared, and yet the models compute other outputs.

What it detects:
    Models of which everything else says that they are equivalent, and whose outputs are not the same once both have
    the same weights. It is looked for before ``parity check`` and ``assert_parity`` pass (``--verify``).

Why it happens:
    There is a difference that parity does not see, or one of its own formulas is wrong. Either way the structure alone
    is no proof, so the answer is left open.

How to fix:
    Please report it with both files. ``parity compare --outputs`` names the first layer that makes something else.

Example:
    A setting that one format leaves out and parity took for its default.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule

REASON = "both were computed with the same weights, and nothing that was found accounts for it"


def claims(_: Difference, __: View) -> bool:
    """Any contradiction."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the output."""
    first = differences[0]
    message = f"{first.name}: {first.right_value:.2g} apart relative to the left output: {REASON}"
    return Explanation(message, "compare with --outputs, and report it with both files", concerns=Effect.INFERENCE)


RULE = Rule("verification-contradicts", Effect.UNKNOWN, frozenset({Topic.CONTRADICTION}), claims, explain)
