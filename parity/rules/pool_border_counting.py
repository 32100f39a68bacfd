"""Average pooling counts padding pixels on one side only.

What it detects:
    Matched average poolings with padding, of which one divides by the whole window, the other by the pixels inside the
    image.

Why it happens:
    TensorFlow never counts the border; PyTorch does by default; ONNX does not by default.

How to fix:
    ``nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)`` is what ``AveragePooling2D(3, 1, "same")`` does.

Example:
    In the corner of an image a 3x3 window with a border of one has four pixels inside: 4/9 of the value.
"""

from collections.abc import Sequence
from math import prod

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told
from parity.rules._windows import hidden_at

KINDS = frozenset({"average_pool"})


def claims(difference: Difference, _: View) -> bool:
    """A way of counting that both sides tell."""
    return both_told(difference, KINDS, "count_include_pad")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what that does to a corner."""
    difference = differences[0]
    sides = ("left", "right") if difference.left_value else ("right", "left")
    message = f"the {sides[0]} divides by the whole window at the border, the {sides[1]} by the pixels inside"
    share = _corner(difference)
    message += f": in the corner the {sides[0]} output is {share} of the {sides[1]} one" if share else ""
    message += hidden_at(difference)
    counted = bool(difference.left_value)
    torch = f"nn.AvgPool2d(..., count_include_pad={counted})"
    keras = (
        "ZeroPadding2D before AveragePooling2D without padding" if counted else 'AveragePooling2D(..., padding="same")'
    )
    return Explanation(message, as_left(view, keras=keras, torch=torch))


def _corner(difference: Difference) -> str:
    """The share of the window that lies inside in the first corner, such as ``4/9``; "" where it is not known."""
    attributes = difference.layer.attributes
    sizes, padding = attributes.get("pool_size"), attributes.get("padding")
    if not isinstance(sizes, tuple) or not isinstance(padding, tuple) or len(sizes) != len(padding):
        return ""
    if not all(isinstance(each, tuple) and isinstance(each[0], int) for each in padding):
        return ""
    return f"{prod(size - before for size, (before, _) in zip(sizes, padding, strict=True))}/{prod(sizes)}"


RULE = Rule("pool-border-counting", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
