"""Tensors that are stored as small integers, and the scales and zero points that these are numbers by.

What DequantizeLinear makes of a stored tensor is that tensor, with a scale and a zero point beside it: a kernel counts
once, at its own size.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._contrib import SUFFIXES
from parity.adapters.onnx._inventory import Inventory
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._slots import Slots
from parity.adapters.onnx._tensors import text

MICROSOFT = "com.microsoft"


def dequantised(steps: Sequence[Step], stored: Inventory, slots: Slots, outputs: Sequence[str]) -> list[Step]:
    """The nodes without those that only scale a stored tensor, which is entered under the name of their output."""
    left = []
    for step in steps:
        inputs, output = tuple(map(text, step.proto.input)), text(step.proto.output[0]) if step.proto.output else ""
        held = [stored.constants.get(name) for name in inputs]
        scales = step.proto.op_type == "DequantizeLinear" and slots.domain(step.proto) in {"", MICROSOFT}
        first = held[0] if held else None
        if not scales or first is None or None in held or len(held) < 2 or output in outputs:
            left.append(step)
            continue
        numbers = replace(first, scales=inputs[1:], stored=True)
        stored.constants[first.storage] = replace(numbers, name=first.storage)
        stored.constants[output] = replace(numbers, name=output)
    return left


def scales_of(slot: str, constant: Constant) -> list[tuple[str, str]]:
    """The slots and the names of what a stored tensor is scaled by."""
    return [(f"{slot}{suffix}", name) for suffix, name in zip(SUFFIXES, constant.scales, strict=False)]
