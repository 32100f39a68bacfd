"""A shared weight is stored a second time, transposed.

What it detects:
    A weight that two layers share on one side, and that an ONNX file stores for each of them in another order of axes.

Why it happens:
    An embedding looks up rows of its table, and a matmul takes its kernel as (in, out). An exporter that
    computes constants ahead stores the transposed table beside the table.

How to fix:
    Nothing to fix for inference. ``torch.onnx.export(..., do_constant_folding=False)`` stores it once.

Example:
    A language model whose output projection is its embedding, 13 words in 8 dimensions: 104 elements more in the file.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import stored_transposed


def claims(difference: Difference, view: View) -> bool:
    """What an ONNX file stores again, in another order."""
    return stored_transposed(difference, view)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weight and what the second copy costs."""
    side = "right" if differences[0].left_value == "shared" else "left"
    names, extra = ", ".join(each.name for each in differences), sum(abs(each.delta) for each in differences)
    return Explanation(f"{names}: a transposed copy of a shared weight on the {side}, {extra:,} elements more")


RULE = Rule("weights-stored-transposed", Effect.BOOKKEEPING, frozenset({Topic.TIE}), claims, explain)
