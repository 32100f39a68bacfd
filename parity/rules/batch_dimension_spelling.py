"""The batch size is dynamic on one side and fixed at the traced size on the other.

What it detects:
    An input whose batch axis is free on one side and a number on the other.

Why it happens:
    Keras writes None. ``torch.export`` and the ONNX exporters record the example's batch size unless told otherwise.

How to fix:
    Nothing, if the batch size is the one you run. To leave it free: ``torch.export.export(..., dynamic_shapes={"x": {0:
    torch.export.Dim("batch")}})``, or ``dynamic_axes`` in ``torch.onnx.export``.

Example:
    (None, 64, 64, 1) against (1, 1, 64, 64).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """The batch axis."""
    return difference.name == "N"


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say who fixes it."""
    values = (differences[0].left_value, differences[0].right_value)
    side, size = ("left", values[0]) if isinstance(values[0], int) else ("right", values[1])
    return Explanation(f"the batch size is recorded as {size} on the {side}, and free on the other side")


RULE = Rule("batch-dimension-spelling", Effect.BOOKKEEPING, frozenset({Topic.FREE_SIZE}), claims, explain)
