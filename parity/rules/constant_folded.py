"""The exporter has folded what does not depend on the input into a stored tensor.

What it detects:
    A result that does not depend on the input, such as rows of a table looked up at fixed positions or the exponential
    of a trained scalar, matched with a stored tensor of its size in the other file.

Why it happens:
    A model looks up positions 0, 1, 2 ... for each token, or computes a scale from a variance. If that is the same for
    every input, an exporter with constant folding stores the result; the tensors it was computed from, and rows that
    are never looked up, are lost. Rows can only be copies of rows; for anything else the file has to record what was
    folded, or the finding is undecided.

How to fix:
    Nothing if the file shows it. To keep tables and parameters, export with a dynamic length (``dynamic_shapes=...``)
    or without rewriting (``torch.onnx.export(..., optimize=False)``).

Example:
    BERT with 512 positions of width 16, exported for 7 tokens: 112 elements instead of 8,192.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer
from parity.passes import COMPUTED_BEFORE, Computed
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

REMEDY = "export without computing it: torch.onnx.export(..., dynamo=True, optimize=False)"


def claims(difference: Difference, _: View) -> bool:
    """What stands for a result on one side, and is stored as what comes of it on the other."""
    found = [_computed(each) for each in (difference.left, difference.right)]
    marked = sum(each is not None and difference.name in each.roles for each in found) == 1
    return marked or difference.topic is Topic.COMPUTED


def _computed(layer: Layer | None) -> Computed | None:
    found = layer.attributes.get(COMPUTED_BEFORE) if layer is not None else None
    return found if isinstance(found, Computed) else None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say what is stored in the place of what, and whether the file shows it."""
    difference = next((each for each in differences if each.topic is not Topic.ATTRIBUTE), differences[0])
    mine, theirs = _computed(difference.left), _computed(difference.right)
    computed, other = mine or theirs, difference.right if mine is not None else difference.left
    if computed is None:
        return _of_calls(difference)
    if other is None:
        raise ValueError(difference.key)
    stored, side = other.weight(computed.roles[0]), "right" if mine is not None else "left"
    count = stored.numel if stored is not None else 1
    what = f"the {count:,} elements that are" if count > 1 else "the number that is"
    names, values = ", ".join(computed.names), (difference.left_value, difference.right_value)
    if not computed.shown:
        message = f"what {called(other)} stores on the {side} may have been computed from {names}"
        return Explanation(
            f"{message}; comparing weight values would decide it", REMEDY, Effect.UNKNOWN, Effect.INFERENCE, *values
        )
    if not computed.names:
        message = f"{called(other)} on the {side} stores {count:,} values that are settings on the other side"
        return Explanation(message, "", Effect.CONVERSION, None, *values)
    whose = "its" if len(computed.names) == 1 else "their"
    message = f"{called(other)} on the {side} stores {what} computed from {names} each time, and not {whose}"
    return Explanation(f"{message} {computed.count:,}", "", Effect.CONVERSION, None, *values)


def _of_calls(difference: Difference) -> Explanation:
    """Say which calls one side's file names, where the other side has a weight as it is."""
    sides = (difference.left, difference.left_value, "left"), (difference.right, difference.right_value, "right")
    made = [(called(layer), ", ".join(calls), side) for layer, calls, side in sides if layer and calls]
    told = [f"{layer} on the {side} stores what {calls} computed from it" for layer, calls, side in made]
    message = f"{difference.name}: {', and '.join(told)}; comparing weight values would show whether it is the same"
    return Explanation(message, REMEDY, Effect.UNKNOWN, Effect.INFERENCE, difference.left_value, difference.right_value)


TOPICS = frozenset({Topic.COMPUTED, Topic.COUNTED, Topic.WEIGHT_SHAPE, Topic.WEIGHT, Topic.ATTRIBUTE})

RULE = Rule("constant-folded", Effect.CONVERSION, TOPICS, claims, explain)
