"""Elements are in the parameter total of one framework and not in the other's.

What it detects:
    State or buffers of matched layers, other than moving statistics of a BatchNorm, in one headline total only.

Why it happens:
    Keras counts every weight, PyTorch parameters only, an ONNX file everything that it stores.

How to fix:
    Nothing to fix; compare trainable parameters.

Example:
    A buffer of position ids.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Whatever only one headline counts."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weight."""
    difference = differences[0]
    side = "right" if difference.delta > 0 else "left"
    return Explanation(f"{difference.name}, {abs(difference.delta):,} elements: counted on the {side} only")


RULE = Rule("counted-on-one-side", Effect.BOOKKEEPING, frozenset({Topic.COUNTED}), claims, explain, general=True)
