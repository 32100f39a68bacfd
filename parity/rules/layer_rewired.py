"""A layer gets its input from elsewhere.

What it detects:
    Matched layers that are fed by layers which are not each other's counterpart, or outputs that come from different
    layers.

Why it happens:
    A residual connection ends at a different layer, branches are joined in another order, or layers were swapped.

How to fix:
    Connect them as the other side does.

Example:
    ``Add`` takes the block's input on the left, and the output of its first convolution on the right.
"""

from collections.abc import Sequence
from typing import Any

from parity.alignment import By
from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import listed, with_classes


def claims(_: Difference, __: View) -> bool:
    """Every layer that is fed differently."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name what feeds it on each side, and what that is where both go by one name."""
    difference = differences[0]
    names: tuple[Any, ...] = (difference.left_value, difference.right_value)
    if names[0] == names[1] and isinstance(names[0], tuple):
        sides = zip(names, (view.left, view.right), strict=True)
        names = tuple(with_classes(each, graph) for each, graph in sides)
    left, right = map(listed, names)
    verb = f"the model's {_called(difference.name, view)} is" if difference.name else "fed by"
    message = f"{verb} {left} on the left, {'' if difference.name else 'by '}{right} on the right"
    return Explanation(message, "connect it as the other side does")


def _called(name: str, view: View) -> str:
    """``output 0`` as a person calls it: by its name where that told what it is, else by its place."""
    at = int(name.rpartition(" ")[2])
    named = any(end.left == at and end.by in {By.NAME, By.HAND} for end in view.alignment.outputs)
    return f"output {view.left.names_of_outputs[at]}" if named else f"output number {at + 1}"


RULE = Rule("layer-rewired", Effect.INFERENCE, frozenset({Topic.WIRING}), claims, explain, general=True)
