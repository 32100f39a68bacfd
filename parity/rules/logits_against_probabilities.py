"""One side returns probabilities, the other returns logits.

What it detects:
    A softmax or sigmoid right before an output of the model that the other side does not have.

Why it happens:
    Keras classifiers usually end in ``softmax``; PyTorch classifiers return logits, since ``nn.CrossEntropyLoss``
    expects them.

How to fix:
    Decide on one. To get probabilities from PyTorch: ``torch.softmax(model(x), dim=-1)``. To get logits from Keras:
    leave the activation out and use ``from_logits=True`` in the loss.

Example:
    ``Dense(10, activation="softmax")`` against ``nn.Linear(100, 10)``.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_output_squashing, lone_activation, one_side


def claims(difference: Difference, view: View) -> bool:
    """A final softmax or sigmoid."""
    return difference.name == "activation" and is_output_squashing(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say who returns what."""
    said = lone_activation(differences[0], view, "", Effect.INTERFACE)
    if differences[0].unknown is not None:
        return said
    function, side = one_side(differences[0])
    other = "right" if side == "left" else "left"
    return replace(said, message=f"{side} ends in {function} (probabilities), {other} returns logits")


RULE = Rule("logits-against-probabilities", Effect.INTERFACE, frozenset({Topic.LAYER}), claims, explain)
