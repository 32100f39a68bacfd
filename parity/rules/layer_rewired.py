"""A layer gets its input from elsewhere.

What it detects:
    Aligned layers that are fed by layers which are not each other's counterpart, or outputs that come from different
    layers.

Why it happens:
    A residual connection skips to another place, branches are joined in another order, or layers were swapped.

How to fix:
    Connect them as the other side does.

Example:
    ``Add`` takes the block's input on the left, and the output of its first convolution on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import listed


def claims(_: Difference, __: View) -> bool:
    """Every layer that is fed differently."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name what feeds it on each side."""
    difference = differences[0]
    left, right = listed(difference.left_value), listed(difference.right_value)
    verb = f"the model's {_ordinal(difference.name)} is" if difference.name else "fed by"
    message = f"{verb} {left} on the left, {'' if difference.name else 'by '}{right} on the right"
    return Explanation(message, "connect it as the other side does")


def _ordinal(name: str) -> str:
    """``output 0`` as a person counts it."""
    return f"output number {int(name.rpartition(' ')[2]) + 1}"


RULE = Rule("layer-rewired", Effect.INFERENCE, frozenset({Topic.WIRING}), claims, explain, general=True)
