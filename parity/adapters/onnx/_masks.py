"""Stored masks: what blocks in the scores of attention, and counts for what it lets through, not as a weight."""

from collections.abc import Iterable
from typing import Any

from parity.adapters.onnx._constants import LITERAL, Constant
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._slots import plain_domain
from parity.adapters.onnx._tensors import is_real, text
from parity.kinds import ALL, MARK, added_pattern, scores_pattern

SOFTMAX = {"Softmax", "LogSoftmax"}
PASSED = {
    *("Add", "Cast", "Clip", "Dropout", "Expand", "Identity", "Max", "Reshape", "Squeeze", "Tile", "Transpose"),
    *("Unsqueeze", "Where"),
}
"""Operators after which scores are scores still."""


SEEN = 1 << 20
"""Tensors of more elements than this are not looked at."""


def scores(steps: Iterable[Step], outputs: Iterable[str]) -> frozenset[str]:
    """The values of which nothing but a softmax is taken that is used, by way of sums and other shapes.

    Args:
        steps: producers before consumers.
        outputs: of the model, which are used as they are.
    """
    found: set[str] = set()
    others = set(outputs)
    used = set(outputs)
    for step in reversed([*steps]):
        if used.isdisjoint(step.outputs):
            continue
        used.update(step.needs)
        op = "" if plain_domain(step.proto.domain) else text(step.proto.op_type)
        passed = op in PASSED and found.issuperset(step.outputs) and others.isdisjoint(step.outputs)
        (found if op in SOFTMAX or passed else others).update(step.needs)
    return frozenset(found - others)


def may_be_mask(constant: Constant) -> bool:
    """Whether a constant has the type and the axes of a mask that is added."""
    shaped = len(constant.shape) >= 2 and constant.numel <= SEEN and not constant.pieces and not constant.scales
    return shaped and is_real(constant.tensor.data_type)


def mask(constant: Constant, array: Any, *, scored: bool) -> str | None:
    """What a mask lets through that is added, marked as one; None for other numbers.

    Args:
        constant: what is added.
        array: its elements.
        scored: it is added to what a softmax is taken of.
    """
    found = scores_pattern(array) if scored else added_pattern(array)
    if found is None or (found == ALL and constant.declared not in {"", LITERAL}):
        return None
    # Zeros may be a bias of channels too, which has nothing to tell apart along its last axis.
    blocks = found != ALL or (len(constant.shape) >= 3 and constant.shape[-1] > 1)
    return f"{MARK}{found}" if blocks else None
