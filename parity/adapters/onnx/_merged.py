"""What an exporter shows to have computed into the weights of a node."""

import re
from collections.abc import Mapping

from parity.adapters.onnx._order import Step
from parity.adapters.onnx._scopes import merges_norm, module, properties
from parity.adapters.onnx._tensors import text
from parity.graph import Merged

KERNELS = ("Conv", "ConvTranspose", "Gemm", "ConvInteger", "QLinearConv", "QGemm")
CONVOLUTIONS = ("Conv", "FusedConv")
PRODUCTS = ("Mul", "QLinearMul")
CALL = "pkg.torch.onnx.fx_node"

SETTINGS = re.compile(r", ([0-9.e+-]+), ([0-9.e+-]+)\), kwargs")
"""Momentum and epsilon, the last arguments of the call that was exported."""

RENAMED = re.compile(r"onnx::Conv_\d+")
"""What TorchScript's exporter calls the weights that it computes for a convolution; others keep their names.

The other one names the bias that it makes after the kernel, ``conv.weight_bias``, where an optimiser drops metadata.
"""

FOLDED = re.compile(r"(?P<path>.*)/batchnorm/(sub|add)[^/]*|.*_(weights|bias)_fused_bn[^/]*|.*/merged_input[^/]*")
"""What the names of weights end in that tf2onnx, and TensorFlow's own optimiser before it, compute of a BatchNorm."""

FACTOR = re.compile(r"(?P<path>.*)/batchnorm/(mul|Rsqrt)[^/]*")
"""What tf2onnx calls the factor that it computes of a BatchNorm's gamma and variance, or of the variance alone."""


def merged(step: Step, weights: Mapping[str, str]) -> tuple[Merged, ...]:
    """The layers in a node's weights, of which metadata or the names of the weights tell.

    Args:
        step: the node.
        weights: names of its stored tensors by slot.
    """
    told = properties(step)
    if merges_norm(told):
        found = SETTINGS.search(told.get(CALL, "")[-4096:])
        return (Merged("BatchNorm", module(step), float(found[2]) if found is not None else None),)
    both = text(step.proto.op_type) in CONVOLUTIONS and weights.keys() >= {"W", "B"}
    if both and (all(map(RENAMED.fullmatch, weights.values())) or weights["B"] == f"{weights['W']}_bias"):
        return (Merged("BatchNorm"),)
    factor = next(filter(None, map(FACTOR.fullmatch, weights.values())), None)
    if factor is not None and text(step.proto.op_type) in PRODUCTS:
        return (Merged("BatchNormalization", factor["path"]),)
    named = [found for name in weights.values() if (found := FOLDED.fullmatch(name)) is not None]
    if named and text(step.proto.op_type) in KERNELS:
        return (Merged("BatchNormalization", next((found["path"] for found in named if found["path"]), "")),)
    return ()
