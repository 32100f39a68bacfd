"""A kernel has low-rank adapters on one side.

What it detects:
    The two matrices that ``enable_lora`` adds beside a frozen kernel, where the other side has a kernel alone; and
    adapters that are scaled differently.

Why it happens:
    A model is fine-tuned by its adapters. Keras stores their product merged into the kernel, and their rank in the
    config: a model loaded from the file trains two new matrices and leaves the kernel alone.

How to fix:
    Merge them to get a plain kernel: ``kernel + alpha / rank * a @ b``; or call ``enable_lora`` on the other side, too.

Example:
    ``layer.enable_lora(4)`` on a ``Dense`` layer of 64 units on 32 features: 2,048 frozen and 384 trainable elements.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.kinds import ADAPTER_SCALE
from parity.rules._contract import Explanation, Rule

ADAPTERS = ("lora_a", "lora_b")


def claims(difference: Difference, _: View) -> bool:
    """The adapters of a layer, or what they are multiplied by."""
    one = None in {difference.left_value, difference.right_value}
    return difference.name == ADAPTER_SCALE or (difference.name.endswith(ADAPTERS) and one)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the side, and how to get rid of them."""
    first = differences[0]
    if first.name == ADAPTER_SCALE:
        message = f"the adapters count {first.left_value:g} times on the left, {first.right_value:g} times on the right"
        return Explanation(message, "call enable_lora with one lora_alpha on both sides", Effect.INFERENCE)
    side = "left" if first.left_value is not None else "right"
    shapes = " and ".join(str(each.left_value or each.right_value) for each in differences)
    message = f"adapters of {shapes} beside a frozen kernel on the {side} only"
    return Explanation(message, "merge them: kernel + alpha / rank * a @ b; or add them on the other side")


RULE = Rule("low-rank-adapters", Effect.TRAINING, frozenset({Topic.WEIGHT, Topic.HELD}), claims, explain)
