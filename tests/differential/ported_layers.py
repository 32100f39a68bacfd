"""Keras layers that PyTorch has too, and the text of their ports, with the weights carried across."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from differential.drawing import Op
from differential.keras_source import TABLE
from differential.programs import Refused

KEPT: Mapping[str, str] = {
    "layers.Dense": "units activation use_bias", "layers.Conv1D": "filters kernel_size strides padding dilation_rate groups use_bias activation",
    "layers.Conv2D": "filters kernel_size strides padding dilation_rate groups use_bias activation", "layers.Conv3D": "filters kernel_size strides use_bias groups",
    "layers.Conv2DTranspose": "filters kernel_size strides use_bias activation", "layers.Conv1DTranspose": "filters kernel_size strides use_bias",
    "layers.DepthwiseConv2D": "kernel_size strides padding depth_multiplier use_bias activation", "layers.SeparableConv2D": "filters kernel_size padding depth_multiplier use_bias",
    "layers.BatchNormalization": "epsilon momentum center scale", "layers.LayerNormalization": "epsilon center scale", "layers.GroupNormalization": "groups epsilon",
    "layers.RMSNormalization": "epsilon", "layers.MaxPooling1D": "pool_size strides", "layers.MaxPooling2D": "pool_size strides", "layers.MaxPooling3D": "pool_size strides",
    "layers.AveragePooling1D": "pool_size strides", "layers.AveragePooling2D": "pool_size strides", "layers.GlobalMaxPooling1D": "keepdims", "layers.GlobalMaxPooling2D": "keepdims",
    "layers.GlobalAveragePooling1D": "keepdims", "layers.GlobalAveragePooling2D": "keepdims", "layers.GlobalAveragePooling3D": "keepdims", "layers.ReLU": "", "layers.LeakyReLU": "negative_slope",
    "layers.ELU": "alpha", "layers.Softmax": "axis", "layers.Activation": "activation", "layers.Identity": "", "layers.Dropout": "rate", "layers.Rescaling": "scale offset",
    "layers.Flatten": "", "layers.Reshape": "target_shape", "layers.Permute": "dims", "layers.Add": "", "layers.Subtract": "", "layers.Multiply": "", "layers.Maximum": "",
    "layers.Minimum": "", "layers.Average": "", "layers.Concatenate": "axis", "layers.LSTM": "units return_sequences go_backwards use_bias", "layers.GRU": "units return_sequences reset_after",
    "layers.SimpleRNN": "units return_sequences activation", "layers.Bidirectional/LSTM": "units return_sequences merge_mode", "layers.Bidirectional/GRU": "units return_sequences merge_mode",
    "layers.Embedding": "input_dim output_dim", "layers.MultiHeadAttention": "num_heads key_dim use_bias", "layers.UpSampling2D": "size interpolation", "layers.UpSampling1D": "size",
    "layers.ZeroPadding1D": "padding", "layers.ZeroPadding2D": "padding", "layers.Cropping2D": "cropping", "layers.PReLU": "shared_axes", "layers.SpatialDropout2D": "rate",
    "layers.RepeatVector": "n",
    **{f"ops.{name}": "" for name in ("relu", "tanh", "sigmoid", "exp", "abs", "negative", "square", "silu", "softplus", "add", "multiply", "subtract", "maximum")},
    **{f"ops.{name}": "axis keepdims" for name in ("mean", "max", "sum", "argmax")}, "ops.softmax": "axis", "ops.getitem": "index", "ops.flip": "axis", "ops.cumsum": "axis",
    "ops.transpose": "axes", "ops.matmul": "", "ops.roll": "shift axis", "ops.clip": "x_min x_max", "ops.leaky_relu": "negative_slope", "ops.gelu": "approximate",
}  # fmt: skip


def ported(op: Op) -> Op:
    """The layer with those settings alone that its port knows."""
    return replace(op, settings={name: each for name, each in op.settings.items() if name in KEPT[op.key].split()})


PORTED = {key: ported(TABLE[key]) for key in KEPT}

HEADER = """\
import torch
from torch import nn
from torch.nn import functional as F


def put(module, **arrays):
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.tensor(np.ascontiguousarray(array)))
    return module


def packed_lstm(module, seed, units, size, bias=True, suffix="", at=0):
    kernel, recurrent = drawn((size, 4 * units), "float32", seed + at), drawn((units, 4 * units), "float32", seed + at + 1)
    arrays = {f"weight_ih_l0{suffix}": kernel.T, f"weight_hh_l0{suffix}": recurrent.T}
    if bias:
        arrays |= {f"bias_ih_l0{suffix}": drawn((4 * units,), "float32", seed + at + 2), f"bias_hh_l0{suffix}": np.zeros(4 * units, "float32")}
    return put(module, **arrays)


def swapped(array, units):
    return np.concatenate([array[..., units : 2 * units], array[..., :units], array[..., 2 * units :]], -1)


def packed_gru(module, seed, units, size, suffix="", at=0):
    kernel, recurrent = drawn((size, 3 * units), "float32", seed + at), drawn((units, 3 * units), "float32", seed + at + 1)
    bias = swapped(drawn((2, 3 * units), "float32", seed + at + 2), units)
    arrays = {"weight_ih": swapped(kernel, units).T, "weight_hh": swapped(recurrent, units).T, "bias_ih": bias[0], "bias_hh": bias[1]}
    return put(module, **{f"{name}_l0{suffix}": array for name, array in arrays.items()})


def packed_attention(module, seed, heads, width, size, bias=True):
    steps = 2 if bias else 1
    kernels = [drawn((size, heads, width), "float32", seed + steps * at).reshape(size, -1).T for at in range(3)]
    arrays = {"in_proj_weight": np.concatenate(kernels)}
    module = put(module, **arrays)
    put(module.out_proj, weight=drawn((heads, width, size), "float32", seed + 3 * steps).reshape(-1, size).T)
    if bias:
        biases = [drawn((heads, width), "float32", seed + 2 * at + 1).reshape(-1) for at in range(3)]
        put(module, in_proj_bias=np.concatenate(biases))
        put(module.out_proj, bias=drawn((size,), "float32", seed + 7))
    return module

"""

ACTIVATIONS = {
    "relu": "F.relu({})", "tanh": "torch.tanh({})", "sigmoid": "torch.sigmoid({})", "gelu": "F.gelu({})", "elu": "F.elu({})", "leaky_relu": "F.leaky_relu({}, 0.2)",
    "hard_sigmoid": "F.hardsigmoid({})", "silu": "F.silu({})", "swish": "F.silu({})", "softplus": "F.softplus({})", "relu6": "F.relu6({})", "selu": "F.selu({})",
    "mish": "F.mish({})", "linear": "{}", "hard_swish": "F.hardswish({})", "celu": "F.celu({})", "softsign": "F.softsign({})", "exponential": "torch.exp({})",
}  # fmt: skip


def activated(text: str, name: str | None, axis: int) -> str:
    """A call and its activation; softmax goes over the channels."""
    if name in {"softmax", "log_softmax"}:
        return f"F.{name}({text}, {axis})"
    if name is not None and name not in ACTIVATIONS:
        raise Refused(name)
    return ACTIVATIONS[name or "linear"].format(text)


def sizes(value: Any, rank: int) -> tuple[int, ...]:
    """A size for each axis."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


def border(settings: Mapping[str, Any], shape: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> list[int]:  # fmt: skip
    """What ``F.pad`` adds for the padding of Keras, the last axis first."""
    found: list[int] = []
    for size, width, step, gap in reversed(list(zip(shape, kernel, stride, dilation, strict=True))):
        reach = (width - 1) * gap + 1
        if settings.get("padding") == "same":
            total = max((-(-size // step) - 1) * step + reach - size, 0)
            found += [total // 2, total - total // 2]
        elif settings.get("padding") == "causal":
            found += [reach - 1, 0]
        else:
            found += [0, 0]
    return found


Port = Callable[..., tuple[str, str]]
