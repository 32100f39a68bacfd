"""A source records which layers exist, not how they are connected.

What it detects:
    A side without wiring: a pickled ``nn.Module``, or weights only.

Why it happens:
    A pickle holds the tree of modules with their settings; what ``forward`` does with them is code, which is not in the
    file and would not be run if it were.

How to fix:
    ``torch.export.save(torch.export.export(model, (x,)), "model.pt2")``, or compare the live model with example inputs.

Example:
    ``torch.save(model, "model.pt")``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import undecided


def claims(_: Difference, __: View) -> bool:
    """A facet that the evidence cannot support."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why it cannot be decided, and what would decide it."""
    return undecided(differences[0], Effect.INFERENCE)


RULE = Rule("wiring-unknown", Effect.UNKNOWN, frozenset({Topic.EVIDENCE}), claims, explain)
