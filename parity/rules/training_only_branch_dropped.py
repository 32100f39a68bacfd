"""A branch that is used in training only exists on one side only.

What it detects:
    A module of several layers that are never called, none of which exists on the other side.

Why it happens:
    Inception and GoogLeNet have auxiliary classifiers that are called in training alone; the model was read as it
    computes in inference, and ports and exporters leave them out. PyTorch keeps and counts their parameters.

How to fix:
    Nothing to fix for inference: build it without them (``aux_logits=False``), or leave their weights out when carrying
    weights over. To train alike, the other side needs the branch and its share of the loss.

Example:
    ``torchvision.models.inception_v3`` counts 3,326,696 parameters more than the Keras model for its auxiliary head.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._branches import branch, first, is_branch
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, view: View) -> bool:
    """Weights of a module of which nothing is called."""
    return is_branch(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the branch, and count it."""
    layers = branch(differences[0], view)
    names = " to ".join(dict.fromkeys(layer.source for layer in (layers[0], layers[-1])))
    side = "left" if differences[0].left is not None else "right"
    count = sum(weight.numel for layer in layers for weight in layer.weights)
    message = f"{len(layers)} layers from {names} with {count:,} elements are on the {side} only; no call uses them"
    return Explanation(f"{message} in inference")


RULE = Rule(
    "training-only-branch-dropped",
    Effect.BOOKKEEPING,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}),
    claims,
    explain,
    about=first,
)
