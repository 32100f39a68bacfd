"""A spectral normalisation stores vectors besides the kernel that it divides.

What it detects:
    Vectors of a spectral normalisation that only one parameter total counts, or of which one side stores more; and a
    spectral normalisation on one side only.

Why it happens:
    The largest singular value is estimated with vectors that are kept from step to step: Keras keeps one, as a weight
    that is not trained; PyTorch keeps two, as buffers. Keras stores the kernel divided, PyTorch as it was.

How to fix:
    Nothing to fix where both have it; the kernel is divided when carried from PyTorch to Keras. On one side only: wrap
    the layer, ``SpectralNormalization(Conv2D(...))`` or ``spectral_norm(nn.Conv2d(...))``, or train without it.

Example:
    ``SpectralNormalization(Conv2D(4, 3))`` on 3 channels counts 116 elements, the convolution alone 112.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

KIND = "spectral_norm"
TOPICS = frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS, Topic.COUNTED, Topic.WEIGHT, Topic.LAYOUT})


def claims(difference: Difference, _: View) -> bool:
    """The vectors, or all of a normalisation that has no counterpart."""
    if difference.left is None or difference.right is None:
        return difference.left is not difference.right and difference.layer.kind == KIND
    return difference.layer.kind == KIND and difference.name in {"vector", "right_vector"}


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Count them, or say which side has none."""
    first = differences[0]
    count = sum(abs(each.delta) for each in differences)
    if first.left is not None and first.right is not None:
        held = f", {count:,} elements counted on one side" if count else ""
        return Explanation(f"vectors of the spectral normalisation: one in Keras, two buffers in PyTorch{held}")
    side, other = ("left", "right") if first.left is not None else ("right", "left")
    told = f"{called(first.layer)} normalises its kernel by the largest singular value on the {side} only"
    message = f"{told}, {count:,} parameters" if count else told
    unknown = next((each.unknown for each in differences if each.unknown is not None), None)
    if unknown is not None:
        return Explanation(f"{message}: {unknown.reason}", unknown.remedy, None, Effect.TRAINING)
    if view.left.inference_only or view.right.inference_only:
        return Explanation(f"{message}; for inference it is in the kernel", effect=Effect.BOOKKEEPING)
    return Explanation(message, f"wrap the layer on the {other} too, or neither", Effect.TRAINING)


RULE = Rule("spectral-norm-vectors", Effect.BOOKKEEPING, TOPICS, claims, explain)
