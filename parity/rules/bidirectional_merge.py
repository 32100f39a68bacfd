"""The two directions of a recurrent layer are merged differently.

What it detects:
    Matched directions that are concatenated on one side, and added, multiplied or averaged on the other; or whose last
    states are joined on one side, and whose whole sequences are joined on the other before a step is taken from them.

Why it happens:
    Keras joins by ``merge_mode``, PyTorch always concatenates. Without ``return_sequences`` Keras takes the last state
    of each direction, and the backward one has its last state at the first position; ``out[:, -1]`` in PyTorch has the
    state of the backward one after a single step.

How to fix:
    ``merge_mode="concat"`` in Keras, or ``y[..., :units] + y[..., units:]`` in PyTorch for ``"sum"``; for the last
    states ``torch.cat((h_n[0], h_n[1]), -1)``.

Example:
    ``Bidirectional(LSTM(4))`` against ``lstm(x)[0][:, -1]``: half of the values differ.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework, Layer
from parity.rules._contract import Explanation, Rule
from parity.rules._directions import counterparts, directions, joined, merge

TOPICS = frozenset({Topic.LAYER, Topic.WIRING, Topic.ATTRIBUTE, Topic.SHAPE})
MODES = {"add": "sum", "multiply": "mul", "average": "ave", "concat": "concat"}
SIGNS = {"add": "{} + {}", "multiply": "{} * {}", "average": "({} + {}) / 2"}


def claims(difference: Difference, view: View) -> bool:
    """What joins two directions otherwise than the other side does, and what comes of that."""
    return difference.unknown is None and _about(difference, view) is not None


def _about(difference: Difference, view: View) -> Layer | None:
    """The left forward direction, where the two sides join the directions in different ways."""
    layer = merge(difference, view)
    both = counterparts(layer, view) if layer is not None else None
    if both is None or joined(view.left, both[0]) == joined(view.right, both[1]):
        return None
    return directions(view.left, both[0])[0]


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say how each side joins them."""
    found = (merge(each, view) for each in differences)
    both = next(
        (pair for layer in found if layer is not None and (pair := counterparts(layer, view)) is not None), None
    )
    if both is None:
        raise ValueError("a difference in how two directions are joined has no joining layers")
    left, right = joined(view.left, both[0]), joined(view.right, both[1])
    ends = ""
    if left.partition(" ")[2] != right.partition(" ")[2]:
        ends = "; the backward direction has its last state at the first position"
    message = f"directions are joined as {left} on the left, {right} on the right{ends}"
    return Explanation(message, f"to match the left: {_code(view, *left.split(' of the '))}", None, None, left, right)


def _code(view: View, how: str, what: str) -> str:
    whole = what.startswith("whole")
    if view.right.framework is Framework.KERAS:
        return f'Bidirectional(..., merge_mode="{MODES.get(how, how)}"), with return_sequences={whole}'
    halves = ("y[..., :units]", "y[..., units:]") if whole else ("h_n[0]", "h_n[1]")
    if how == "concat":
        return "y, the whole output" if whole else "torch.cat((h_n[0], h_n[1]), -1)"
    return SIGNS.get(how, "join {} and {}").format(*halves)


RULE = Rule("bidirectional-merge", Effect.INFERENCE, TOPICS, claims, explain, about=_about)
