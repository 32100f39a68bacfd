"""A kernel is stored as direction and length (weight normalisation) on one side.

What it detects:
    Weight normalisation in PyTorch matched with a layer that stores its kernel as one tensor.

Why it happens:
    ``torch.nn.utils.parametrizations.weight_norm`` stores a kernel as ``original1``, which is scaled to the length in
    ``original0``: one more element per output. The old hooks call them ``weight_v`` and ``weight_g``. Keras has nothing
    like it, and exporters may merge the two.

How to fix:
    For inference ``torch.nn.utils.parametrize.remove_parametrizations(layer, "weight")`` leaves the kernel, which can
    be carried over. To train alike, both sides need it: the gradients of length and direction are not the kernel's.

Example:
    ``weight_norm(nn.Conv2d(3, 4, 3))`` has 116 parameters, ``nn.Conv2d(3, 4, 3)`` 112.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called


def claims(difference: Difference, _: View) -> bool:
    """The lengths."""
    return difference.name == "magnitude" and None in (difference.left_value, difference.right_value)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say where, and how the kernel is merged."""
    difference = differences[0]
    on_left = difference.right_value is None
    side, layer = ("left", difference.left) if on_left else ("right", difference.right)
    count = abs(difference.delta)
    message = f"the kernel of {called(layer or difference.layer)} is kept as direction and length on the {side}"
    if view.left.inference_only or view.right.inference_only:
        return Explanation(f"{message}, {count:,} elements more")
    code = "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight')"
    trains = f"{message}, {count:,} elements more: the same outputs once they are merged, and a different training"
    return Explanation(trains, f"to match the other side: {code} on the {side}", Effect.TRAINING)


RULE = Rule("parametrization-split", Effect.BOOKKEEPING, frozenset({Topic.WEIGHT}), claims, explain)
