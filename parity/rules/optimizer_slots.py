"""A file holds optimizer state besides the model.

What it detects:
    Slots of an optimizer, with its step and learning rate, in one file, and none or fewer in the other.

Why it happens:
    Keras saves the optimizer of a compiled model with it, and ``model.summary()`` after ``fit`` includes it in "Total
    params"; PyTorch checkpoints hold it under a key of its own. It is not part of the model, and not counted here.

How to fix:
    Nothing to fix; ``model.save(path, include_optimizer=False)`` leaves it out.

Example:
    A Keras model of 21 trainable and 6 other parameters, fitted with Adam: summary() says 71 = 27 + 44.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Census, Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._stored import more, of_sort


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how many, on which side."""
    return Explanation(f"{more(differences[0], 'of an optimizer')}; they are not part of the model and are not counted")


RULE = Rule(
    "optimizer-slots", Effect.BOOKKEEPING, frozenset({Topic.UNCOUNTED}), of_sort(Census.OPTIMIZER.value), explain
)
