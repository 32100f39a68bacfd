"""A model does something in training that its trace does not show.

What it detects:
    A live PyTorch module that draws random numbers in training, other than through layers and functions of PyTorch that
    a trace in evaluation mode shows as well: stochastic depth, noise, a dropped branch.

Why it happens:
    Models are traced in evaluation mode. Code under ``if self.training`` leaves no operator there. The module was
    traced in training mode as well, and draws more random numbers there.

How to fix:
    Nothing to fix for inference: use ``--profile inference``. Whether two models train alike must be read in their
    code; a dropout layer of PyTorch instead of your own code would be visible in the trace.

Example:
    ``if self.training: x = x * mask`` in a residual block.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.modes import MODE
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """What either side is known not to show."""
    return difference.name != MODE


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the classes and their side."""
    difference = differences[0]
    unknown = difference.unknown
    reason, remedy = (unknown.reason, unknown.remedy) if unknown is not None else ("", "")
    return Explanation(f"on the {difference.name}, {reason}", remedy, concerns=Effect.TRAINING)


RULE = Rule("training-not-traced", Effect.TRAINING, frozenset({Topic.MODE}), claims, explain)
