"""A Normalization layer also stores the number of samples that it has seen.

What it detects:
    The number of samples that a ``Normalization`` layer has seen, which no other framework keeps.

Why it happens:
    ``keras.layers.Normalization`` stores mean, variance and the count of what it was adapted to; it computes with the
    first two only. An export has ``-mean`` and ``1 / sqrt(variance)`` in their place.

How to fix:
    Nothing to fix.

Example:
    ``keras.applications.EfficientNetB0`` counts 7 elements for it: 3 means, 3 variances and a count.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called


def claims(difference: Difference, _: View) -> bool:
    """The count of a normalisation of inputs."""
    pair = difference.left, difference.right
    return difference.name == "count" and all(layer is not None and layer.kind == "normalization" for layer in pair)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say what it is."""
    layer = differences[0].layer
    return Explanation(f"{called(layer)} also keeps how many samples it has seen, which it does not use")


RULE = Rule("preprocessing-state", Effect.BOOKKEEPING, frozenset({Topic.WEIGHT}), claims, explain)
