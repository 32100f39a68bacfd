"""A BatchNorm counts its batches on one side only.

What it detects:
    A batch normalisation with PyTorch's ``num_batches_tracked`` matched with one without it.

Why it happens:
    PyTorch keeps a scalar int64 buffer with the number of batches seen. It matters for ``momentum=None`` only. Keras
    and ONNX have nothing like it. It is in the ``state_dict``, in no parameter count.

How to fix:
    Nothing to fix. When loading converted weights, leave it out or set it to 0.

Example:
    ``nn.BatchNorm2d(32)`` has 129 elements in its state_dict: 4 * 32 and the counter.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """The counter."""
    return difference.name == "counter"


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say whose it is."""
    layer = differences[0].layer
    return Explanation(f"num_batches_tracked of {layer.source} is a buffer of PyTorch's that nothing else has")


RULE = Rule("batch-norm-counter", Effect.BOOKKEEPING, frozenset({Topic.WEIGHT}), claims, explain)
