"""Dropout rate differs.

What it detects:
    Matched dropouts with different rates; also those inside of recurrent layers and attention.

Why it happens:
    The port set a different rate, or took the keep probability for the drop rate (``keep_prob`` in TensorFlow 1).

How to fix:
    Set the same rate: in both frameworks it is the fraction that is dropped.

Example:
    ``Dropout(0.5)`` on the left, ``nn.Dropout(0.1)`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, effect_of, layer_code

WHAT = {"rate": "inputs", "dropout": "inputs", "recurrent_dropout": "states"}


def claims(difference: Difference, _: View) -> bool:
    """A rate, of a layer or inside of one."""
    return difference.name in WHAT


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what each drops."""
    difference = differences[0]
    effect = effect_of(difference)
    if difference.unknown is not None:
        reason = f"{difference.name}: {difference.unknown.reason}"
        return Explanation(reason, difference.unknown.remedy, concerns=effect)
    left, right = difference.left_value, difference.right_value
    kept = "; one is the share that the other keeps" if abs(left + right - 1) < TINY else ""
    what = "weights" if difference.layer.kind == "attention" else WHAT[difference.name]
    when = " in training" if effect is Effect.TRAINING else ""
    message = f"the left drops {left:g} of the {what}{when}, the right {right:g}{kept}"
    if difference.layer.kind == "dropout":
        code = as_left(view, keras=f"Dropout({left:g})", torch=f"nn.Dropout({left:g})")
        return Explanation(message, code, effect)
    code = layer_code((difference.right or difference.layer).op, **{difference.name: left})
    return Explanation(message, f"to match the left: {code}, where the layer has that setting", effect)


TINY = 1e-6


RULE = Rule("dropout-rate", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
