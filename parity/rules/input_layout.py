"""Inputs and outputs have the same axes in a different order.

What it detects:
    Inputs whose axes are known by name on both sides and come in different orders; said once for the whole model.

Why it happens:
    Keras has channels last, (N, H, W, C); PyTorch and its exports have them first, (N, C, H, W).

How to fix:
    Transpose the data: ``x.permute(0, 3, 1, 2)`` before the PyTorch model. Outputs with spatial axes have to be
    transposed back.

Example:
    ``keras.Input((224, 224, 3))`` against images of (1, 3, 224, 224).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.kinds import RECURRENT
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called

BATCH = "N"
"""The axis of samples, by name."""


def claims(_: Difference, __: View) -> bool:
    """Every order that differs."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both orders, and the transposition that the data needs."""
    difference = differences[0]
    left, right = (str(value).split("; ") for value in (difference.left_value, difference.right_value))
    said = " and ".join(f"({_listed(mine)}) on the left" for mine in left)
    said = f"inputs are {said}, {' and '.join(f'({_listed(theirs)})' for theirs in right)} on the right"
    call = "permute" if view.right.framework is Framework.TORCH else "transpose"
    codes = [f"x.{call}{_order(mine, theirs)}" for mine, theirs in zip(left, right, strict=False)]
    if difference.unknown is not None:
        return Explanation(f"{said}: {difference.unknown.reason}", difference.unknown.remedy, concerns=Effect.INFERENCE)
    meant = _batch_first(left, right, view)
    back = "; transpose its outputs back" if any(_is_turned(view, *end) for end in view.ends) else ""
    return Explanation(said, f"pass {' and '.join(codes)} to the right model{back}{meant}")


def _batch_first(left: Sequence[str], right: Sequence[str], view: View) -> str:
    """What else can be meant where PyTorch's recurrent and attention layers take the batch as their second axis."""
    for mine, theirs, graph in ((left, right, view.right), (right, left, view.left)):
        late = any(a.split()[0] == BATCH != b.split()[0] for a, b in zip(mine, theirs, strict=False))
        layer = next((each for each in graph.layers if each.kind in {*RECURRENT, "attention"}), None)
        if late and layer is not None and graph.framework is Framework.TORCH:
            return f"; or give {called(layer)} batch_first=True, if its input was meant to be (batch, time, features)"
    return ""


def _is_turned(view: View, left: str, right: str) -> bool:
    """Whether an output can have its axes in another order than that of the left model."""
    if len(view.right.shape(right) or ()) <= 2:
        return False
    mine, theirs = view.left.values.get(left), view.right.values.get(right)
    named = mine is not None and theirs is not None and mine.axes is not None and None not in mine.axes
    return not named or mine is None or theirs is None or mine.axes != theirs.axes


def _listed(axes: str) -> str:
    return ", ".join(axes.split())


def _order(left: str, right: str) -> tuple[int, ...]:
    names = left.split()
    return tuple(names.index(axis) for axis in right.split())


RULE = Rule("input-layout", Effect.CONVERSION, frozenset({Topic.INPUT_LAYOUT}), claims, explain)
