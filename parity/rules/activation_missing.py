"""An activation is on one side only.

What it detects:
    A non-linearity without a counterpart, other than a final softmax or sigmoid.

Why it happens:
    Keras layers take ``activation="relu"`` as an argument, PyTorch layers do not: it is easily left out of
    ``forward``. Without it two dense layers in a row are one linear map.

How to fix:
    Call the activation where it is missing: ``x = torch.relu(self.fc1(x))``, or ``Dense(100, activation="relu")``.

Example:
    Keras ``Dense(100, activation="relu")`` against PyTorch ``self.fc2(self.fc1(x))``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_lone_saturation, is_output_squashing, lone_activation


def claims(difference: Difference, view: View) -> bool:
    """An activation that is not the model's last word, nor told by rounding alone."""
    alone = difference.name == "activation" and not is_lone_saturation(difference)
    return alone and not is_output_squashing(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name it, and the code that adds it."""
    return lone_activation(differences[0], view, "all layers after it get different inputs", Effect.INFERENCE)


RULE = Rule("activation-missing", Effect.INFERENCE, frozenset({Topic.LAYER}), claims, explain)
