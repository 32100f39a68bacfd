"""A layer that acts in training only (other than dropout) exists on one side only.

What it detects:
    Noise, a random change of images or a penalty on activations without a counterpart, where both sides can be trained.

Why it happens:
    PyTorch programs do it while they load data, or in the loss. Outputs in inference are the same.

How to fix:
    Train with the same augmentation, or take the layer out.

Example:
    ``RandomFlip`` at the start of a Keras model, nothing in PyTorch.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.kinds import kind
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import acts_always
from parity.rules._words import called

OWN_RULE = {"dropout", "gradient_stop", "spectral_norm"}


def claims(difference: Difference, view: View) -> bool:
    """What the other side could have."""
    idle = kind(difference.layer.kind).training_only and difference.name not in OWN_RULE
    idle = idle and not acts_always(difference)
    return idle and not (view.left.inference_only or view.right.inference_only)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the layer and its side."""
    difference = differences[0]
    side, other = ("left", "right") if difference.left is not None else ("right", "left")
    message = f"{called(difference.layer)} acts in training only, and is on the {side} only"
    if difference.unknown is not None:
        return Explanation(f"{message}: {difference.unknown.reason}", difference.unknown.remedy, None, Effect.TRAINING)
    return Explanation(message, f"do the same on the {other} while training, or remove it on the {side}")


RULE = Rule("training-only-layer", Effect.TRAINING, frozenset({Topic.LAYER}), claims, explain)
