"""A layer behaves in inference as in training.

What it detects:
    A dropout, noise or random change that is on in inference, on one side only; a normalisation by the statistics of
    the batch where the other side uses the stored ones.

Why it happens:
    ``F.dropout(x, 0.5)`` is on unless called with ``training=self.training``, and so is the ``dropout_p`` of
    ``scaled_dot_product_attention``; ``layer(x, training=True)`` fixes the mode of a Keras layer. Or the whole model
    was exported in training mode.

How to fix:
    Pass the mode on: ``F.dropout(x, 0.5, training=self.training)``, or use a layer, which follows the model's mode. If
    it is intended (Monte Carlo dropout), do it on both sides.

Example:
    ``F.dropout(x, 0.5)`` in ``forward`` gives different outputs each time, even after ``model.eval()``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import acts_always
from parity.rules._words import called

OF_BATCH = {"batch": "the batch", "sample": "each sample", "moving": "training, which it stores"}
"""Whose mean and variance a normalisation uses."""

REMEDIES = {
    Framework.KERAS: "call the layer without training=True",
    Framework.TORCH: "pass the mode on: training=self.training, or export again after model.eval()",
    Framework.ONNX: "export the model again in evaluation mode",
}


def claims(difference: Difference, _: View) -> bool:
    """What is on in inference, or which statistics are used there."""
    if difference.topic is Topic.LAYER:
        return acts_always(difference)
    if difference.unknown is not None or difference.name not in {"always", "statistics"}:
        return False
    return difference.name == "always" or {difference.left_value, difference.right_value} <= OF_BATCH.keys()


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what acts on which side."""
    first = differences[0]
    if first.name == "statistics":
        left, right = OF_BATCH[first.left_value], OF_BATCH[first.right_value]
        message = f"it normalises by the statistics of {left} on the left, of {right} on the right"
        on_left = first.left_value != "moving"
    else:
        on_left = first.left is not None and bool(first.left.attributes.get("always"))
        lone = first.topic is Topic.LAYER
        side, other = ("left", "right") if on_left else ("right", "left")
        rest = f"there is none on the {other}" if lone else f"in training only on the {other}"
        message = f"{called(first.layer)} is on in inference, too, on the {side}, and {rest}"
    remedy = REMEDIES[(view.left if on_left else view.right).framework]
    if first.unknown is not None:
        return Explanation(f"{message}: {first.unknown.reason}", first.unknown.remedy, None, Effect.INFERENCE)
    return Explanation(message, remedy)


RULE = Rule("acts-as-in-training", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE, Topic.LAYER}), claims, explain)
