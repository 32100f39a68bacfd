"""A model does something in training that a trace of it does not show.

What it detects:
    A live PyTorch module that draws at random in training, other than by layers and functions of PyTorch that a trace
    in evaluation mode shows as well: stochastic depth, noise, a branch that is left out.

Why it happens:
    Models are traced as they compute in inference. Code that asks ``if self.training`` leaves no operator there. The
    module was traced in training mode as well, and draws more often there.

How to fix:
    Nothing to fix for inference: ask for ``--profile inference``. Whether two models train alike is for their code to
    tell, or for a dropout layer of PyTorch in the place of code, which any trace shows.

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
