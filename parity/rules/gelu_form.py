"""One GELU is exact, the other the tanh approximation.

What it detects:
    Matched GELUs of different forms.

Why it happens:
    PyTorch and Keras default to the exact form with erf; GPT-2, Flax and JAX default to the tanh form, and
    configurations call them ``gelu``, ``gelu_new`` and ``gelu_pytorch_tanh``.

How to fix:
    State it: ``nn.GELU(approximate="tanh")``, ``keras.activations.gelu(x, approximate=False)``.

Example:
    The forms differ most at inputs of about 2.7 in absolute value, by 0.00047 (Hendrycks and Gimpel, arXiv:1606.08415,
    give both).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"activation"})
FORMS = {"none": "the exact form (erf)", "tanh": "the tanh approximation"}
LARGEST = 4.7e-4
"""The largest distance between the two forms, over all inputs; a test computes it."""


def claims(difference: Difference, _: View) -> bool:
    """A form that both sides tell."""
    return both_told(difference, KINDS, "approximate")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say how far they are apart."""
    left, right = (str(value) for value in (differences[0].left_value, differences[0].right_value))
    message = (
        f"GELU is {FORMS.get(left, left)} on the left, {FORMS.get(right, right)} on the right: "
        f"outputs differ by up to {LARGEST:g}"
    )
    keras = f"keras.activations.gelu(x, approximate={left == 'tanh'})"
    return Explanation(message, as_left(view, keras=keras, torch=f"nn.GELU(approximate={left!r})"))


RULE = Rule("gelu-form", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
