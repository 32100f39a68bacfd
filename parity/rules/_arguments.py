"""What a setting is called where people write it: the arguments of each framework's layers."""

from collections.abc import Mapping
from typing import Any

from parity.comparison import Difference, View
from parity.graph import Framework, LayerGraph
from parity.rules._setting import layer_code

Names = tuple[str, str]
"""The argument in Keras and in PyTorch; "" where a framework's layer has none."""

STRIDES: Mapping[str, Names] = {"strides": ("strides", "stride")}
DILATION: Mapping[str, Names] = {"dilation": ("dilation_rate", "dilation")}
CONVOLUTION = {**STRIDES, **DILATION, "groups": ("groups", "groups")}
POOL = {**STRIDES, "dilation": ("", "dilation"), "pool_size": ("pool_size", "kernel_size")}
CELL: Mapping[str, Names] = {
    "activation": ("activation", ""),
    "recurrent_activation": ("recurrent_activation", ""),
}
RECURRENT: Mapping[str, Names] = {**CELL, "stateful": ("stateful", "")}

ARGUMENTS: Mapping[str, Mapping[str, Names]] = {
    "conv": {**CONVOLUTION, "padding_mode": ("", "padding_mode")},
    "conv_transpose": {**CONVOLUTION, "groups": ("", "groups")},
    "conv_lstm": {**CELL, **STRIDES, **DILATION, "stateful": ("stateful", "")},
    "max_pool": POOL,
    "average_pool": POOL,
    "lp_pool": {**POOL, "order": ("", "norm_type")},
    "unfold": {**STRIDES, "dilation": ("", "dilation"), "kernel_size": ("", "kernel_size")},
    "fold": {**STRIDES, "dilation": ("", "dilation"), "kernel_size": ("", "kernel_size")},
    "group_norm": {"groups": ("groups", "num_groups")},
    "channel_shuffle": {"groups": ("", "groups")},
    "depth_to_space": {"block": ("", "upscale_factor")},
    "space_to_depth": {"block": ("", "downscale_factor")},
    "embedding": {"mask_zero": ("mask_zero", "")},
    "masking": {"value": ("mask_value", "")},
    "gaussian_noise": {"stddev": ("stddev", "")},
    "lstm": RECURRENT,
    "gru": RECURRENT,
    "simple_rnn": RECURRENT,
    "lstm_cell": CELL,
    "gru_cell": CELL,
    "simple_rnn_cell": CELL,
}
"""By kind and attribute, where the argument takes the value that the common form has."""


def remedy(difference: Difference, view: View) -> str:
    """How to set on the right what the left has, or on the left what the right has where only it has such an argument.

    The difference is of an attribute that both layers have.
    """
    name, kind = difference.name, difference.layer.kind
    names = ARGUMENTS.get(kind, {}).get(name)
    left, right = difference.left, difference.right
    if names is None or left is None or right is None:
        return f"set {name} to the same value on both sides"
    found = _code(names, view.right, right.op, difference.left_value)
    if found:
        return f"to match the left: {found}"
    found = _code(names, view.left, left.op, difference.right_value)
    return f"to match the right: {found}" if found else f"set {name} to the same value on both sides"


def _code(names: Names, graph: LayerGraph, layer: str, value: Any) -> str:
    """The call of a layer with a value; "" where its framework has no such argument."""
    if graph.framework is Framework.ONNX:
        told = zip(names, ("Keras", "PyTorch"), strict=True)
        calls = [f"{name}={_written(value)} ({framework})" for name, framework in told if name]
        return f"export the ONNX file again, with {' or '.join(calls)}"
    name = names[0] if graph.framework is Framework.KERAS else names[1]
    return layer_code(layer or "...", **{name: _written(value)}) if name else ""


def _written(value: Any) -> Any:
    """A number for each axis as people write it: once, where all are the same."""
    same = isinstance(value, tuple) and value and len(set(value)) == 1
    return value[0] if same else value
