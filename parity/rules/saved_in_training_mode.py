"""A model was exported in training mode.

What it detects:
    An exported program or ONNX file whose operators run in training mode: BatchNorm uses batch statistics, dropout is
    active.

Why it happens:
    ``model.eval()`` was forgotten before the export, or ``torch.onnx.export`` was called with
    ``training=TrainingMode.TRAINING``. The mode is written into each operator, and ``eval()`` does not switch it back.

How to fix:
    Export again after ``model.eval()``. Two models that were both saved in training mode can be compared with each
    other; neither is for inference.

Example:
    ``torch.export.export(model.train(), ...)`` holds ``batch_norm(..., training=True)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.modes import MODE
from parity.graph import Effect, Evidence, Framework, Mode
from parity.rules._contract import Explanation, Rule
from parity.rules._words import home

EXPORT = {
    Framework.TORCH: "export it again after model.eval()",
    Framework.ONNX: "export it again in evaluation mode: after model.eval(), without training=",
}


def claims(difference: Difference, _: View) -> bool:
    """The mode of either side."""
    return difference.name == MODE


def explain(_: Sequence[Difference], view: View) -> Explanation:
    """Name the sides, and what to do."""
    sides = [("left", view.left), ("right", view.right)]
    trained = [(side, graph) for side, graph in sides if graph.mode is Mode.TRAINING]
    message = " and ".join(f"the {side} ({home(graph)})" for side, graph in trained)
    verb = "was" if len(trained) == 1 else "were"
    message += f" {verb} exported in training mode: statistics of the batch and dropout are part of what it computes"
    remedy = "; ".join(dict.fromkeys(EXPORT.get(graph.framework, EXPORT[Framework.TORCH]) for _, graph in trained))
    # A file of tensors has no mode, and two models of one mode do the same.
    alike = len(trained) > 1 or any(graph.evidence is Evidence.TENSORS for _, graph in sides)
    return Explanation(message, remedy, Effect.BOOKKEEPING if alike else None, remark=alike)


RULE = Rule("saved-in-training-mode", Effect.INFERENCE, frozenset({Topic.MODE}), claims, explain)
