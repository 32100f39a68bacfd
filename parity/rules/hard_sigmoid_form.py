"""Hard sigmoid slope or offset differs.

What it detects:
    Matched hard sigmoids, clip(slope * x + offset, 0, 1), with different slope or offset.

Why it happens:
    Keras 3 and PyTorch have x / 6 + 0.5, which is relu6(x + 3) / 6; ONNX' HardSigmoid has 0.2 * x + 0.5 by default, as
    Keras 2 had.

How to fix:
    State it: ``HardSigmoid(alpha=1/6)`` in ONNX, ``torch.clamp(0.2 * x + 0.5, 0, 1)`` or
    ``keras.ops.clip(0.2 * x + 0.5, 0, 1)`` for the other form.

Example:
    x / 6 + 0.5 against 0.2 * x + 0.5: outputs differ by up to 0.0833, at x = -2.5 and x = 2.5.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left

USUAL = {"alpha": 1 / 6, "beta": 0.5}
"""Slope and offset where a call does not tell others."""


def claims(difference: Difference, _: View) -> bool:
    """Slope or offset of two hard sigmoids."""
    layers = difference.left, difference.right
    both = all(layer is not None and layer.attributes.get("function") == "hard_sigmoid" for layer in layers)
    return both and difference.unknown is None and difference.name in USUAL


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say both forms, and how far they are apart."""
    first = differences[0]
    lines = [_line(layer.attributes) for layer in (first.left, first.right) if layer is not None]
    (left, right), forms = lines, [_form(*line) for line in lines]
    message = f"hard sigmoid is {forms[0]} on the left, {forms[1]} on the right: outputs differ by up to"
    usual = abs(left[0] - USUAL["alpha"]) < TINY and left[1] == USUAL["beta"]
    keras = "keras.activations.hard_sigmoid(x)" if usual else f"keras.ops.{forms[0]}"
    torch = "nn.Hardsigmoid()" if usual else f"torch.{forms[0].replace('clip', 'clamp')}"
    remedy = as_left(view, keras=keras, torch=torch)
    if view.right.framework is Framework.ONNX:
        remedy = f"to match the left: HardSigmoid(alpha={left[0]:.9g}, beta={left[1]:g}) in the ONNX file"
    return Explanation(f"{message} {apart(left, right):.3g}", remedy, left_value=forms[0], right_value=forms[1])


TINY = 1e-6
Line = tuple[float, float]


def _line(attributes: object) -> Line:
    """Slope and offset of a hard sigmoid."""
    found = attributes if hasattr(attributes, "get") else {}
    alpha, beta = (found.get(name) for name in USUAL)
    return USUAL["alpha"] if alpha is None else float(alpha), USUAL["beta"] if beta is None else float(beta)


def _form(slope: float, offset: float) -> str:
    scaled = "x / 6" if abs(slope - USUAL["alpha"]) < TINY else f"{slope:g} * x"
    return f"clip({scaled} + {offset:g}, 0, 1)"


def apart(left: Line, right: Line) -> float:
    """The largest distance of two such functions: at one of their corners, since they are straight in between.

    >>> round(apart((1 / 6, 0.5), (0.2, 0.5)), 4)
    0.0833
    """
    corners = [(end - offset) / slope for slope, offset in (left, right) if slope for end in (0, 1)]
    both = [[min(max(slope * x + offset, 0.0), 1.0) for slope, offset in (left, right)] for x in corners]
    return max((abs(mine - theirs) for mine, theirs in both), default=abs(left[1] - right[1]))


RULE = Rule("hard-sigmoid-form", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
