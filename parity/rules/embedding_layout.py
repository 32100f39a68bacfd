"""An embedding table is stored transposed.

What it detects:
    Matched embeddings of which one has a row for each token, the other a column.

Why it happens:
    Keras, PyTorch and ONNX all look up rows of (vocabulary, width). A model that shares the table with the layer that
    computes logits may store it as that layer's kernel, (width, vocabulary), and transpose it before each lookup.

How to fix:
    Transpose when carrying weights over: ``table.transpose(1, 0)``.

Example:
    ``F.embedding(tokens, self.head.t())`` with a head of 8 x 50, and ``nn.Embedding(50, 8)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._layouts import orders


def claims(difference: Difference, _: View) -> bool:
    """The table of an embedding."""
    return difference.layer.kind == "embedding"


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the layouts and the transposition between them."""
    return orders(differences)


RULE = Rule("embedding-layout", Effect.CONVERSION, frozenset({Topic.LAYOUT}), claims, explain)
