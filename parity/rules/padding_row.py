"""The padding row of an embedding is not trained on one side.

What it detects:
    Matched embeddings of which only one has a ``padding_idx``, or whose ``padding_idx`` differ.

Why it happens:
    PyTorch's ``padding_idx`` starts a row at zero and never trains it. Keras' ``mask_zero`` has the layers that follow
    skip those steps instead, and trains the row; there is no ``padding_idx``.

How to fix:
    Leave ``padding_idx`` out in PyTorch, or set the row to zero in Keras after each step. Once trained, outputs depend
    on the values in the row only, which are carried over.

Example:
    BERT's ``nn.Embedding(30522, 768, padding_idx=0)`` against ``Embedding(30522, 768)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left

NAME = "untrained_row"


def claims(difference: Difference, _: View) -> bool:
    """A row that no gradient reaches."""
    return difference.name == NAME and difference.unknown is None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say which row of which side."""
    left, right = differences[0].left_value, differences[0].right_value
    rows = [f"row {row} is not trained" if row is not None else "every row is trained" for row in (left, right)]
    keras = "Embedding(...) with that row set to zero after each step" if left is not None else "Embedding(...)"
    code = as_left(view, keras=keras, torch=f"nn.Embedding(..., padding_idx={left})" if left is not None else PLAIN)
    return Explanation(f"{rows[0]} on the left, {rows[1]} on the right", code)


PLAIN = "nn.Embedding(...) without padding_idx"


RULE = Rule("padding-row", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
