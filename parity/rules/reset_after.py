"""GRUs apply the reset gate at different points.

What it detects:
    Matched GRUs of which one resets the state before its product with the recurrent kernel, the other after it.

Why it happens:
    Keras 1 and the first paper (arXiv:1406.1078) reset before; cuDNN, PyTorch and Keras since TensorFlow 2 reset after,
    with a second bias.

How to fix:
    ``GRU(units, reset_after=True)`` in Keras; PyTorch has no other form. ONNX has ``linear_before_reset``.

Example:
    A Keras 1 model whose weights are loaded into ``nn.GRU``: outputs differ at every step but the first.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"gru", "gru_cell"})


def claims(difference: Difference, _: View) -> bool:
    """A form that both sides tell, and the second bias that one of them needs."""
    left, right = difference.left, difference.right
    if difference.topic is Topic.WEIGHT and left is not None and right is not None:
        forms = left.attributes.get("reset_after"), right.attributes.get("reset_after")
        return difference.name == "recurrent_bias" and left.kind in KINDS and set(forms) == {False, True}
    return both_told(difference, KINDS, "reset_after")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say where each side resets."""
    layer = differences[0].left or differences[0].layer
    after = bool(layer.attributes.get("reset_after"))
    places = ("after", "before") if after else ("before", "after")
    message = (
        f"the state is reset {places[0]} its product with the recurrent kernel on the left, {places[1]} it on the "
        "right: outputs differ from the second step on"
    )
    if any(each.name == "recurrent_bias" for each in differences):
        message += "; the second bias belongs to it, and adding it to the first one changes the outputs"
    torch = "nn.GRU" if after else "a cell of your own, nn.GRU always resets after"
    return Explanation(message, as_left(view, keras=f"GRU(..., reset_after={after})", torch=torch))


RULE = Rule("reset-after", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE, Topic.WEIGHT}), claims, explain)
