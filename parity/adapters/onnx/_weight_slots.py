"""Which inputs of operators are weights, whatever their size and however they are given."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._slots import Slots
from parity.adapters.onnx._tensors import text

KERNEL_AND_BIAS, SCALE_AND_SHIFT = frozenset(("W", "B")), frozenset(("scale", "B"))

WEIGHTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("Conv", "ConvTranspose", "DeformConv", "FusedConv"), KERNEL_AND_BIAS),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), frozenset(("W", "R", "B", "P"))),
    **dict.fromkeys(("Gemm", "FusedGemm", "QGemm"), frozenset(("B", "C"))),
    **dict.fromkeys(("MatMul", "FusedMatMul", "MatMulInteger", "BiasGelu"), frozenset(("B",))),
    "MatMulIntegerToFloat": frozenset(("B", "bias")),
    "QLinearConv": frozenset(("w", "B")),
    "ConvInteger": frozenset(("w",)),
    "QLinearMatMul": frozenset(("b",)),
    "BatchNormalization": SCALE_AND_SHIFT | {"mean", "var", "input_mean", "input_var"},
    "InstanceNormalization": SCALE_AND_SHIFT,
    "GroupNormalization": frozenset(("scale", "bias")),
    "LayerNormalization": frozenset(("Scale", "B")),
    "RMSNormalization": frozenset(("scale",)),
    **dict.fromkeys(
        ("SkipLayerNormalization", "SkipSimplifiedLayerNormalization"), frozenset(("gamma", "beta", "bias"))
    ),
    "FastGelu": frozenset(("bias",)),
    "PRelu": frozenset(("slope",)),
}
"""Inputs that are weights by operator; a stored tensor of one element is a weight there, too, and no setting."""


def is_weight(op: str, slot: str) -> bool:
    """Whether an input of an operator is one of its weights."""
    return slot in WEIGHTS.get(op, ())


def held_as_weights(steps: Iterable[Step], constants: Mapping[str, Constant], slots: Slots) -> Mapping[str, Constant]:
    """The small constants of ``Constant`` nodes that stand where weights do, as tensors of the model's own."""
    held = {
        constants[name].storage
        for step in steps
        for slot, name in slots.named(step.proto, step.inputs)
        if name in constants and is_weight(text(step.proto.op_type), slot)
    }
    return {
        name: replace(each, stored=True) for name, each in constants.items() if not each.stored and each.storage in held
    }
