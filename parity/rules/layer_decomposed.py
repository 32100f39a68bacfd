"""A layer is written as several operations.

What it detects:
    One layer matched with several operations that together compute it: a dense layer as MatMul and Add, GELU, a layer
    normalisation or attention as primitives, a 1-D convolution as a 2-D one over images of one row.

Why it happens:
    Exporters decompose layers if the target has no operator for them, or none in the opset that is written; and some
    models spell a named op (e.g. GELU) as primitives. The constants in the primitives have been checked: it is the same
    layer. Weight-free subgraphs that match no known pattern were evaluated on both sides with random inputs of many
    magnitudes, and near every constant that either side compares with: the results are equal. The same was done for
    subgraphs with weights, with the weights that both sides store; the report says how many layers they contain.

How to fix:
    Nothing to fix. A newer opset keeps more layers whole: ``torch.onnx.export(..., opset_version=20)``.

Example:
    ``nn.GELU()`` as ONNX before opset 20 is Div, Erf, Add, Mul and Mul.
"""

from collections.abc import Sequence

from parity.comparison import REGION, Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._words import written_on


def claims(_: Difference, __: View) -> bool:
    """Whatever one side takes apart."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it is, and of how many operations."""
    first = differences[0]
    if first.name == REGION and first.left is not None and first.right is not None:
        counts = len(first.left.sources), len(first.right.sources)
        return Explanation(
            f"{counts[0]:,} layers on the left and {counts[1]:,} on the right compute the same function, "
            "with the weights that both sides store"
        )
    side, layer, graph = written_on(differences[0], view)
    count = len(layer.sources)
    what = "ONNX nodes" if graph.framework is Framework.ONNX else "operations"
    many = f"{count:,} {what}" if count > 1 else what
    return Explanation(f"{differences[0].name} is written as {many} on the {side}; they compute the same function")


RULE = Rule("layer-decomposed", Effect.BOOKKEEPING, frozenset({Topic.WRITTEN}), claims, explain, general=True)
