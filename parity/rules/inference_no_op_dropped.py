"""A layer without effect in inference is missing from a file for inference.

What it detects:
    A dropout, noise or random change of images matched with a file that was exported for inference.

Why it happens:
    Exporters leave out what changes nothing.

How to fix:
    Nothing to fix.

Example:
    ``Dropout(0.5)`` in Keras, no node in the ONNX file.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.kinds import kind
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import acts_always
from parity.rules._words import called


def claims(difference: Difference, view: View) -> bool:
    """A layer that only acts in training and that an exporter has dropped."""
    idle = kind(difference.layer.kind).training_only and difference.name != "spectral_norm"
    idle = idle and not acts_always(difference)
    return idle and (view.left.inference_only or view.right.inference_only)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why it is not there."""
    return Explanation(f"{called(differences[0].layer)} does nothing in inference, so the exporter has left it out")


RULE = Rule("inference-no-op-dropped", Effect.BOOKKEEPING, frozenset({Topic.LAYER}), claims, explain)
