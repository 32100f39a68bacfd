"""Rows of a table are stored in the place of the table, in a file for inference.

What it detects:
    A lookup in a trained table at places that do not depend on the input, facing a file that adds a stored tensor of
    the shape of what is looked up: to words, or to the scores of attention.

Why it happens:
    A model looks up position 0, 1, 2 ... for each word of a text. Where the length of the text is fixed in the export,
    these are always the same rows, and an exporter that computes what it can beforehand stores them in the place of a
    small table. The rows that are never looked up are lost.

How to fix:
    Nothing to fix for texts of that length. To keep the table, export with a free length (``dynamic_shapes=...``) or
    without rewriting (``torch.onnx.export(..., optimize=False)``).

Example:
    BERT with 512 positions of 16 numbers, exported for 7 words: 112 elements in the place of 8,192.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.passes import LOOKED_UP
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called


def claims(difference: Difference, _: View) -> bool:
    """The operand of a layer that stands for a lookup on one side, and is stored as what comes of it on the other."""
    layers = difference.left, difference.right
    marks = [LOOKED_UP in layer.attributes for layer in layers if layer is not None]
    return difference.name in {"operand", "bias"} and marks.count(True) == 1


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how much of the table is stored."""
    difference = next((each for each in differences if each.topic is not Topic.ATTRIBUTE), differences[0])
    left = difference.left is not None and LOOKED_UP in difference.left.attributes
    layer, other = (difference.left, difference.right) if left else (difference.right, difference.left)
    if layer is None or other is None:
        raise ValueError(difference.key)
    table, side = layer.weights[0], "right" if left else "left"
    count = other.weights[0].numel if other.weights else 1
    what = f"the {count:,} elements that are" if count > 1 else "the number that is"
    message = (
        f"{called(other)} on the {side} stores {what} computed of {table.name} each time, and not its {table.numel:,}"
    )
    return Explanation(message, "", None, None, difference.left_value, difference.right_value)


TOPICS = frozenset({Topic.WEIGHT_SHAPE, Topic.WEIGHT, Topic.ATTRIBUTE})

RULE = Rule("lookup-folded", Effect.CONVERSION, TOPICS, claims, explain)
