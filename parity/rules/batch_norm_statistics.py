"""The running mean and variance of a BatchNorm count as weights on one side only.

What it detects:
    A batch normalisation whose moving statistics are part of one framework's headline total and not of the other's.

Why it happens:
    Keras lists the moving mean and variance as non-trainable weights, and an ONNX file stores them like any weight.
    PyTorch keeps them in buffers, which ``parameters()`` leaves out. Per layer of C channels that is 2 * C elements.

How to fix:
    Nothing to fix. To compare like with like, count trainable parameters, or add PyTorch's buffers:
    ``sum(b.numel() for n, b in model.named_buffers() if "running" in n)``.

Example:
    ``BatchNormalization()`` on 32 channels has 128 parameters in Keras; ``nn.BatchNorm2d(32)`` has 64.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import home, total

STATISTICS = {"moving_mean", "moving_variance"}


def claims(difference: Difference, _: View) -> bool:
    """A statistic that one headline counts."""
    return difference.layer.kind == "batch_norm" and difference.name in STATISTICS


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say who counts the statistics and who does not."""
    pair = (differences[0].left, differences[0].right)
    holders = ["weights in Keras", "buffers in PyTorch", "initializers in ONNX"]
    said = ", ".join(holder for holder in holders if any(home(graph) in holder for graph in (view.left, view.right)))
    left, right = (total(graph, found) for graph, found in zip((view.left, view.right), pair, strict=True))
    return Explanation(said, left_value=left, right_value=right)


RULE = Rule("batch-norm-statistics", Effect.BOOKKEEPING, frozenset({Topic.COUNTED}), claims, explain)
