"""A frozen BatchNorm still uses batch statistics in PyTorch.

What it detects:
    Matched batch normalisations of Keras and PyTorch whose scale and offset are frozen on both sides.

Why it happens:
    ``layer.trainable = False`` makes a Keras BatchNormalization use its running statistics in training too, and leave
    them as they are. ``requires_grad_(False)`` in PyTorch stops gradients only: in ``train()`` mode the layer
    normalises by batch statistics and updates the running ones. No file records in which mode a module will be trained.

How to fix:
    ``bn.eval()`` after each ``model.train()``, for every frozen BatchNorm.

Example:
    A frozen ResNet backbone under a new head, whose statistics drift in PyTorch only.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.conventions import FROZEN_NORM
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """What is normalised by while it is frozen."""
    return difference.name == FROZEN_NORM


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what each does, and how PyTorch does what Keras does."""
    difference = differences[0]
    layer = difference.left if view.left.framework is Framework.TORCH else difference.right
    message = (
        f"frozen on both sides, in training it normalises by {difference.left_value} on the left, "
        f"by {difference.right_value} on the right"
    )
    path = (layer or difference.layer).source
    return Explanation(message, f'after model.train(): model.get_submodule("{path}").eval()', remark=True)


RULE = Rule("frozen-batch-norm-semantics", Effect.TRAINING, frozenset({Topic.CONVENTION}), claims, explain)
