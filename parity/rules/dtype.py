"""Weights are stored in different dtypes.

What it detects:
    Matched weights of which one is, say, float16 and the other float32.

Why it happens:
    A model was saved in half precision to make the file smaller, or converted to another dtype to run faster.

How to fix:
    PyTorch: ``model.float()`` or ``model.half()``. Keras: ``keras.config.set_dtype_policy("float32")`` before building.
    Only the profile ``exact`` asks for equal dtypes; otherwise outputs agree up to the rounding of the narrower one.

Example:
    A Dense kernel of float32 on the left, of float16 on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_quantised


def claims(difference: Difference, _: View) -> bool:
    """Every weight of another type that is not quantised."""
    return not is_quantised(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the types and the weights."""
    said: dict[tuple[str, str], list[str]] = {}
    for each in differences:
        said.setdefault((each.left_value, each.right_value), []).append(each.name)
    parts = (f"{', '.join(names)}: {left} on the left, {right} on the right" for (left, right), names in said.items())
    return Explanation("; ".join(parts), "save both in one dtype", concerns=Effect.INFERENCE)


RULE = Rule("dtype", Effect.BOOKKEEPING, frozenset({Topic.DTYPE}), claims, explain)
