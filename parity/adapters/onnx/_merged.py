"""What an exporter shows to have computed into the weights of a node."""

import re
from collections.abc import Mapping

from parity.adapters.onnx._order import Step
from parity.adapters.onnx._scopes import MERGED_NORM, RULE, module, properties
from parity.adapters.onnx._tensors import text
from parity.graph import Merged

CALL = "pkg.torch.onnx.fx_node"

SETTINGS = re.compile(r", ([0-9.e+-]+), ([0-9.e+-]+)\), kwargs")
"""Momentum and epsilon, the last arguments of the call that was exported."""

RENAMED = re.compile(r"onnx::Conv_\d+")
"""What TorchScript's exporter calls the weights that it computes for a convolution; others keep their names."""


def merged(step: Step, weights: Mapping[str, str]) -> tuple[Merged, ...]:
    """The layers in a node's weights, of which metadata or the names of the weights tell.

    Args:
        step: the node.
        weights: names of its stored tensors by slot.
    """
    told = properties(step)
    if told.get(RULE, "").startswith(MERGED_NORM):
        found = SETTINGS.search(told.get(CALL, "")[-4096:])
        return (Merged("BatchNorm", module(step), float(found[2]) if found is not None else None),)
    script = text(step.proto.op_type) == "Conv" and text(step.proto.name).startswith("/")
    if script and weights.keys() >= {"W", "B"} and all(map(RENAMED.fullmatch, weights.values())):
        return (Merged("BatchNorm"),)
    return ()
