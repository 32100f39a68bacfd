"""ONNX operators of quantised models, and onnxruntime's own."""

from typing import Any

import numpy as np
from differential.drawing import Draw, Op, choose, floats, kind_is, maybe
from differential.onnx_layers import CONV, conv_kernel
from differential.programs import Const, Operand, Unfit

MICROSOFT = {"domain": "com.microsoft"}

OF_WEIGHT = {"of weight": (3, 4, 5)}
"""Where the weight stands with its scale and zero point, whose numbers are weights as its own are."""

OF_KERNEL = {"of weight": (1, 3, 5), **MICROSOFT}
"""The same for the operator that has all scales after its factors."""


def scale(draw: Draw) -> Operand:
    return draw.numbers(draw.pick([0.1, 0.02, 0.5]), "float32")


def zero(*types: str) -> Any:
    return lambda draw: draw.numbers(
        draw.pick([0, 3, 128 if draw.chance(0.3) and types == ("uint8",) else 1]), draw.pick(types)
    )


def scale_by_channel(draw: Draw) -> Operand:
    at = draw.settings.get("axis", 1)
    return draw.numbers([draw.pick([0.1, 0.02, 0.5]) for _ in range(draw.shape()[at])], "float32")


def zero_by_channel(draw: Draw) -> Operand:
    return draw.numbers([draw.pick([0, 3, 1]) for _ in range(draw.shape(1)[0])], "uint8" if draw.rank() else "int8")


def bytes_of(draw: Draw) -> str:
    return draw.value(kind_is("iu") if draw.chance(0.2) else lambda array: array.dtype in (np.uint8, np.int8))


def like_zero(draw: Draw) -> Operand:
    return draw.numbers(draw.pick([0, 3, 1]), str(draw.array(0).dtype))


QUANTISE = (
    Op("QuantizeLinear", (floats(0), scale, maybe(0.8, zero("uint8", "int8"))), {}, "quantise", 10),
    Op("QuantizeLinear/axis", (floats(2), scale_by_channel, zero_by_channel), {"axis": lambda draw: draw.axis()}, "", 13),
    Op("DequantizeLinear", (bytes_of, scale, maybe(0.8, like_zero)), {}, "", 10),
    Op("DynamicQuantizeLinear", (floats(1),), {}, "", 11, outputs=3),
)  # fmt: skip


def dense_bytes(draw: Draw) -> Const:
    inner = draw.shape()[-1]
    return draw.weight((inner, draw.pick([inner, 3])), dtype=str(draw.array().dtype))


def byte_kernel(draw: Draw) -> Operand:
    made = conv_kernel(draw)
    assert isinstance(made, Const)
    return Const("uint8", made.shape, seed=made.seed)


BYTES = (
    Op("MatMulInteger", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and a.ndim >= 2), dense_bytes, maybe(0.4, like_zero)), {}, "", 10),
    Op("ConvInteger", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and 4 <= a.ndim <= 4), byte_kernel, maybe(0.4, like_zero)), CONV, "", 10),
    Op("QLinearMatMul", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and a.ndim >= 2), scale, like_zero, dense_bytes, scale, like_zero, scale, like_zero), {}, "", 10, more=OF_WEIGHT),
    Op("QLinearConv", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and a.ndim == 4), scale, like_zero, byte_kernel, scale, like_zero, scale, like_zero), CONV, "", 10, more=OF_WEIGHT),
)  # fmt: skip


def last(draw: Draw) -> Operand:
    if not draw.rank():
        raise Unfit
    return draw.weight((draw.shape()[-1],))


def twin(draw: Draw) -> Operand:
    return draw.value(lambda other: other.dtype == draw.array().dtype and other.shape == draw.shape())


def square(draw: Draw) -> Operand:
    inner = draw.shape()[-1]
    return draw.weight((inner, inner))


def packed(draw: Draw) -> Operand:
    return draw.weight((draw.shape()[-1], 3 * draw.shape()[-1]))


def packed_bias(draw: Draw) -> Operand:
    return draw.weight((3 * draw.shape()[-1],))


def residual(draw: Draw) -> Operand:
    if "strides" in draw.settings or "pads" in draw.settings or draw.shape(1)[0] != draw.shape()[1]:
        raise Unfit
    return draw.inputs[0]


EPSILON = choose(None, 1e-5, 1e-3, 1e-1)
OWN = (
    Op("BiasGelu", (floats(2), last), {}, "unary", more=MICROSOFT),
    Op("FastGelu", (floats(2), maybe(0.5, last)), {}, "unary", more=MICROSOFT),
    Op("Gelu/ms", (floats(1),), {}, "unary", more=MICROSOFT),
    Op("QuickGelu", (floats(1),), {"alpha": choose(None, 1.702, 1.0)}, "unary", more=MICROSOFT),
    Op("FusedMatMul", (floats(2), lambda draw: draw.weight((draw.shape()[-1],) * 2)), {"alpha": choose(None, 1.0, 0.5), "transA": choose(None, None, 0, 1), "transB": choose(None, 0, 1), "transBatchA": choose(None, None, 0, 1)}, "", more=MICROSOFT),
    Op("FusedGemm", (floats(2, 2), square, maybe(0.6, last)), {"activation": choose("Relu", "Tanh", "Sigmoid"), "transB": choose(None, 0, 1), "alpha": choose(None, 1.0, 0.5)}, "", more=MICROSOFT),
    Op("FusedConv", (floats(4, 4), conv_kernel, lambda draw: draw.weight(draw.shape(1)[:1])), {**CONV, "activation": choose("Relu", "Tanh", "Sigmoid")}, "", more=MICROSOFT),
    Op("FusedConv/z", (floats(4, 4), lambda draw: draw.weight((draw.shape()[1], draw.shape()[1], 1, 1)), lambda draw: draw.weight(draw.shape()[1:2]), maybe(0.7, lambda draw: draw.inputs[0])), {"activation": choose("Relu")}, "", more=MICROSOFT),
    Op("SkipLayerNormalization", (floats(3, 3), twin, last, maybe(0.7, last), maybe(0.5, last)), {"epsilon": EPSILON}, "", more=MICROSOFT),
    Op("SkipSimplifiedLayerNormalization", (floats(3, 3), twin, last, maybe(0.5, last)), {"epsilon": EPSILON}, "", more=MICROSOFT),
    Op("SimplifiedLayerNormalization", (floats(2), last), {"axis": choose(None, -1), "epsilon": EPSILON}, "", 17),
    Op("Attention/ms", (floats(3, 3), packed, packed_bias), {"num_heads": lambda draw: draw.split(draw.shape()[-1])[0], "unidirectional": choose(None, 0, 1), "scale": choose(None, None, 0.5)}, "", more=MICROSOFT),
    Op("MultiHeadAttention", (floats(3, 3), twin, twin), {"num_heads": lambda draw: draw.split(draw.shape()[-1])[0], "scale": choose(None, None, 0.5), "unidirectional": choose(None, None, 0, 1)}, "", more=MICROSOFT),
    Op("QLinearAdd", (lambda draw: draw.value(lambda a: a.dtype == np.uint8), scale, like_zero, twin, scale, like_zero, scale, like_zero), {}, "bytes", more=MICROSOFT),
    Op("QLinearMul", (lambda draw: draw.value(lambda a: a.dtype == np.uint8), scale, like_zero, twin, scale, like_zero, scale, like_zero), {}, "bytes", more=MICROSOFT),
    Op("QLinearSigmoid", (lambda draw: draw.value(lambda a: a.dtype == np.uint8), scale, like_zero, scale, like_zero), {}, "bytes", more=MICROSOFT),
    Op("QLinearLeakyRelu", (lambda draw: draw.value(lambda a: a.dtype == np.uint8), scale, like_zero, scale, like_zero), {"alpha": choose(None, 0.1, 0.5)}, "bytes", more=MICROSOFT),
)  # fmt: skip


def bytes4(draw: Draw) -> str:
    return draw.value(lambda a: a.dtype == np.uint8 and a.ndim == 4)


MORE = (
    Op("QLinearGlobalAveragePool", (bytes4, scale, like_zero, scale, like_zero), {"channels_last": choose(None, 0)}, "", more=MICROSOFT),
    Op("QLinearAveragePool", (bytes4, scale, like_zero, scale, like_zero), {"kernel_shape": choose([1, 1], [2, 2]), "strides": choose(None, [2, 2]), "count_include_pad": choose(None, 1), "pads": choose(None, [1, 1, 0, 0])}, "", more=MICROSOFT),
    Op("QLinearSoftmax", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and a.ndim > 1), scale, like_zero, scale, like_zero), {"axis": lambda draw: draw.axis(), "opset": choose(13, 12)}, "", more=MICROSOFT),
    Op("QLinearConcat", (scale, lambda draw: draw.numbers(draw.pick([0, 3]), "uint8"), bytes4, scale, lambda draw: draw.numbers(draw.pick([0, 3]), "uint8"), bytes4, scale, lambda draw: draw.numbers(draw.pick([0, 3]), "uint8")), {"axis": choose(0, 1, 2, 3)}, "", more=MICROSOFT),
    Op("QuantizeLinear/ms", (floats(1), scale, zero("uint8", "int8")), {}, "quantise", more=MICROSOFT),
    Op("DequantizeLinear/ms", (bytes_of, scale, like_zero), {}, "", more=MICROSOFT),
    Op("MatMulIntegerToFloat", (lambda draw: draw.value(lambda a: a.dtype == np.uint8 and a.ndim >= 2), dense_bytes, scale, scale, like_zero, like_zero), {}, "", more=OF_KERNEL),
    Op("SimplifiedLayerNormalization/ms", (floats(2), last), {"axis": choose(None, -1), "epsilon": EPSILON}, "", until=16, more={}),
)  # fmt: skip

QUANTISED = (*MORE, *QUANTISE, *BYTES, *OWN)
