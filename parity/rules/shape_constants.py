"""A file stores constants that are not weights.

What it detects:
    Elements of shapes, axes, ratios, masks and other fixed numbers that one side stores more of.

Why it happens:
    ONNX stores what an operator needs as tensors, beside the weights: the target of a Reshape, the axes of an
    Unsqueeze, states of zeros. A tool that adds up all initializers counts them.

How to fix:
    Nothing to fix; the headline totals here leave them out.

Example:
    An LSTM model of 332 parameters whose ONNX file holds 356 elements.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.uncounted import MASKS, TABLES
from parity.graph import Census, Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._stored import more, of_sort


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how many, on which side."""
    if differences[0].name == MASKS:
        return Explanation(f"{more(differences[0], 'of masks')}; their contents are compared")
    if differences[0].name == TABLES:
        return Explanation(
            f"{more(differences[0], 'of indices that are settings of a layer')}; they are compared as settings"
        )
    return Explanation(f"{more(differences[0], 'of constants (shapes, axes, fixed numbers)')}; no total counts them")


RULE = Rule(
    "shape-constants",
    Effect.BOOKKEEPING,
    frozenset({Topic.UNCOUNTED}),
    of_sort(Census.CONSTANT.value, MASKS, TABLES),
    explain,
)
