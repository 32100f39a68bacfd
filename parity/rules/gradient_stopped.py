"""Gradients are stopped on one side.

What it detects:
    ``stop_gradient`` or ``detach`` between trained layers, without a counterpart on the other side.

Why it happens:
    It was left out of the port, or put in for an experiment. Outputs are the same; the layers before it are not trained
    through it.

How to fix:
    ``keras.ops.stop_gradient(x)`` is ``x.detach()``.

Example:
    A target network whose output is detached in PyTorch only.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

KIND = "gradient_stop"
CODE = {Framework.KERAS: "keras.ops.stop_gradient(x)", Framework.TORCH: "x.detach()"}


def claims(difference: Difference, view: View) -> bool:
    """A stop that the other side could have."""
    return difference.name == KIND and not (view.left.inference_only or view.right.inference_only)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say where."""
    difference = differences[0]
    side, other = ("left", "right") if difference.left is not None else ("right", "left")
    place = f" after {called(difference.place)}" if difference.place is not None else ""
    message = f"{called(difference.layer)} stops gradients on the {side} only"
    if difference.unknown is not None:
        return Explanation(f"{message}: {difference.unknown.reason}", difference.unknown.remedy, None, Effect.TRAINING)
    code = CODE.get((view.right if side == "left" else view.left).framework, "a stop of gradients")
    return Explanation(
        f"{message}: the layers before it get no gradient through it", f"{code}{place} on the {other}, or remove it"
    )


RULE = Rule("gradient-stopped", Effect.TRAINING, frozenset({Topic.LAYER}), claims, explain)
