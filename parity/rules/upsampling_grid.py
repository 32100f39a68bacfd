"""Upsampling samples the input at different coordinates.

What it detects:
    Matched resizes that map output coordinates to input coordinates in different ways.

Why it happens:
    ``align_corners=True`` was the habit of early PyTorch and Caffe code; Keras and ``align_corners=False`` use the
    centres of pixels; TensorFlow 1 and ONNX ``asymmetric`` use their corners.

How to fix:
    ``nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)`` is what ``UpSampling2D`` does.

Example:
    For twice the size, position 1 of the output is at 0.25 of the input with centres, at 0.5 with corners of pixels,
    and at (n - 1) / (2n - 1) with corners aligned.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"resize"})
WORDS = {
    "half_pixel": "by the centres of pixels",
    "pytorch_half_pixel": "by the centres of pixels",
    "align_corners": "with the corners aligned",
    "asymmetric": "by the corners of pixels",
}


def claims(difference: Difference, _: View) -> bool:
    """A grid that both sides tell."""
    return both_told(difference, KINDS, "coordinates")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both grids."""
    left, right = (str(value) for value in (differences[0].left_value, differences[0].right_value))
    message = f"pixels are placed {WORDS.get(left, left)} on the left, {WORDS.get(right, right)} on the right"
    corners = left == "align_corners"
    keras = "an up-sampling with aligned corners of your own, Keras has none" if corners else "UpSampling2D"
    return Explanation(message, as_left(view, keras=keras, torch=f"nn.Upsample(..., align_corners={corners})"))


RULE = Rule("upsampling-grid", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
