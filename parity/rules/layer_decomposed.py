"""A layer is written as several operations.

What it detects:
    One layer facing the operations that together do what it does: a dense layer as MatMul and Add, GELU, a layer
    normalisation or attention as arithmetic, a convolution over sequences as one over images of one row.

Why it happens:
    Exporters take layers apart where the target has no operator for them, or none in the version that is written; and
    people write as arithmetic what has a name. The numbers in the arithmetic have been checked: it is the same layer.
    Ways without weights that no pattern knows have been computed on both sides, for numbers drawn at random from the
    tiny to the large, and near every number that either side compares with: the results are the same. So have parts
    with weights, with those that both sides store, of which the report tells how many layers they are.

How to fix:
    Nothing to fix. A newer operator set keeps more layers whole: ``torch.onnx.export(..., opset_version=20)``.

Example:
    ``nn.GELU()`` as ONNX before operator set 20 is Div, Erf, Add, Mul and Mul.
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
            f"{counts[0]:,} layers on the left and {counts[1]:,} on the right compute the same of what enters them, "
            "with the weights that both sides store"
        )
    side, layer, graph = written_on(differences[0], view)
    count = len(layer.sources)
    what = "ONNX nodes" if graph.framework is Framework.ONNX else "operations"
    many = f"{count:,} {what}" if count > 1 else what
    return Explanation(f"{differences[0].name} is written as {many} on the {side}; what they compute is the same")


RULE = Rule("layer-decomposed", Effect.BOOKKEEPING, frozenset({Topic.WRITTEN}), claims, explain, general=True)
