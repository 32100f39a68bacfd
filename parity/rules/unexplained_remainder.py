"""The totals differ by more than what the findings account for.

What it detects:
    A remainder between the two parameter totals, or between the elements of one class (trainable, frozen, state), after
    adding up what every finding accounts for.

Why it happens:
    A stored tensor was lost inside parity, which is a bug in parity.

How to fix:
    Please report it with both files' ``parity summary --format json``.

Example:
    A left total of 1,000, a right total of 1,010, and findings that account for 4.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Any remainder."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both totals."""
    left, right, name = differences[0].left_value, differences[0].right_value, differences[0].name
    of = "" if name == "total" else f" {name} elements"
    message = f"{left:,}{of} on the left, {right:,} on the right, and the findings do not account for all of it"
    return Explanation(message, "report it with both files' parity summary --format json")


RULE = Rule("unexplained-remainder", Effect.INFERENCE, frozenset({Topic.REMAINDER}), claims, explain)
