"""ONNX graphs, built directly."""

from collections.abc import Mapping
from typing import Any

from differential.drawing import Draw, Op
from differential.generating import Family
from differential.onnx_rewritings import REWRITINGS
from differential.onnx_source import HEADER, TABLE, build, run, source, step
from differential.onnx_written_out import WRITTEN_OUT
from differential.programs import Node

OPSETS = (18, 18, 20, 21, 22, 23, 24, 17, 15, 13, 12, 11, 10, 9, 8, 7)


def options(draw: Draw) -> dict[str, Any]:
    """The operator set, and whether the batch is free."""
    return {"opset": draw.pick(OPSETS), "free": draw.chance(0.25)}


def eligible(op: Op, given: Mapping[str, Any]) -> bool:
    """Whether the operator set has the operator in this form."""
    return op.since <= given["opset"] <= op.until


LAYOUT = [
    "Transpose",
    "Reshape",
    "Reshape/5",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Expand",
    "Concat",
    "Split",
    "Slice",
    "Gather",
    "ReduceMean",
    "ReduceMean/a",
    "ReduceMax",
    "ReduceMax/a",
    "ReduceSum",
    "ReduceSum/a",
    "ArgMax",
    "CumSum",
    "Softmax",
    "Softmax/1",
    "MatMul",
    "Gemm",
    "Conv",
    "MaxPool",
    "GlobalAveragePool",
    "LSTM",
    "LayerNormalization",
    "BatchNormalization",
    "Einsum/33",
    "Einsum/30",
    "Relu",
    "Add",
]

GROUPS = {
    "turn": "Transpose",
    "maybe": "",
    "pointwise": "Relu Tanh Sigmoid Add Mul Clip LeakyRelu Dropout/12 Neg PRelu Cast",
    "flatten": "Flatten Reshape Reshape/5",
    "reshape": "Reshape Reshape/5 Flatten Squeeze Unsqueeze Expand Unsqueeze/a",
    "reduce": "ReduceMean ReduceMax ReduceSum ReduceMean/a ReduceMax/a ReduceSum/a ReduceL2 ArgMax ArgMin Gather TopK",
    "weighted": "MatMul Gemm Conv Conv/again BatchNormalization BatchNormalization/9 LayerNormalization InstanceNormalization GroupNormalization LSTM GRU "
    "RNN ConvTranspose MatMul/left PRelu Einsum/32 Mul",
    "reader": "Slice Split Split/n Gather ArgMax CumSum Softmax Softmax/1 Pad MaxPool AveragePool AveragePool/10 Concat TopK Einsum/30 Tile LpNormalization "
    "DepthToSpace Resize/scales Trilu OneHot GlobalAveragePool GatherElements ScatterElements Compress LogSoftmax Hardmax LRN",
}

ONNX = Family(
    "onnx", TABLE, HEADER, step, source, build, run, options, eligible,
    types=("float32", "int64", "int64", "bool", "uint8", "float64"), rewritings=(*REWRITINGS, *WRITTEN_OUT), transposed=lambda at, value, order: Node(at, "Transpose", (value,), {"perm": order}), layout=LAYOUT, groups=GROUPS,
)  # fmt: skip
