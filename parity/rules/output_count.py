"""An output exists on one side only.

What it detects:
    An output without a counterpart: none with its name, and none with its shape that is not matched already. Layers
    that only serve it follow from this finding.

Why it happens:
    One side also returns hidden states or an auxiliary head.

How to fix:
    Build or export both with the same outputs; or leave out what is expected with ``--only-outputs NAME``, or say which
    two are the same with ``--match-outputs LEFT=RIGHT``.

Example:
    Logits and hidden states against logits alone.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import number, only


def claims(_: Difference, __: View) -> bool:
    """Every such output."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both numbers, and the outputs that one side has alone."""
    difference = differences[0]
    left, right = number(difference.left_value, "output"), number(difference.right_value, "output")
    message = f"{left} on the left, {right} on the right"
    sides = (("left", view.left), ("right", view.right))
    for (side, graph), places in zip(sides, view.lone_outputs, strict=True):
        message += only(side, [graph.names_of_outputs[at] for at in places])
    return Explanation(message, "build or export both with the same outputs, or leave it out with --only-outputs")


RULE = Rule("output-count", Effect.INTERFACE, frozenset({Topic.OUTPUTS}), claims, explain)
