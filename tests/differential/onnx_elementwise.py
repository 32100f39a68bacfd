"""ONNX operators that work on each element, with the whole range of their attributes."""

from typing import Any

import numpy as np
from differential.drawing import Draw, Op, Slot, anything, choose, floats, kind_is, maybe, wholes
from differential.programs import Operand


def fits_beside(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes broadcast."""
    try:
        np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return True


def partner(draw: Draw) -> Operand:
    """What a value is combined with: another value, a scalar, or a weight that is broadcast."""
    array = draw.array(0)
    kind, shape = array.dtype.kind, array.shape
    if draw.chance(0.4) or kind == "b":
        return draw.value(lambda other: other.dtype == array.dtype and fits_beside(shape, other.shape))
    if kind in "iu" or draw.chance(0.6):
        return scalar(draw)
    sizes = [size if draw.chance(0.6) else 1 for size in shape]
    return draw.weight(sizes[draw.between(0, len(sizes)) :])


def scalar(draw: Draw) -> Operand:
    """A number, of no axes or of one element."""
    dtype = draw.array(0).dtype
    number: Any = draw.number() if dtype.kind == "f" else draw.between(1, 3)
    return draw.numbers(draw.pick([number, [number], number]), str(dtype))


def same_type(draw: Draw) -> Operand:
    """A value of the type of the first that is broadcast with it."""
    array = draw.array(0)
    return draw.value(lambda other: other.dtype == array.dtype and fits_beside(array.shape, other.shape))


def truths(draw: Draw) -> str:
    return draw.value(kind_is("b"))


def whole_scalar(draw: Draw) -> Operand:
    return draw.numbers(draw.between(1, 3), str(draw.array(0).dtype))


def slopes(draw: Draw) -> Operand:
    """One slope, one for each channel, or one for each element of the last axis."""
    shape = draw.shape()
    if len(shape) < 2:
        return draw.weight(shape)
    return draw.weight(draw.pick([(1,), (shape[1], *(1 for _ in shape[2:])), shape[-1:], shape[1:]]))


def bound(share: float, *numbers: float) -> Slot:
    return maybe(share, lambda draw: draw.numbers(draw.pick(numbers), str(draw.array(0).dtype)))


def unary(name: str, since: int = 7, **settings: Any) -> Op:
    return Op(name, (floats(),), settings, "unary", since)


PLAIN = (
    "Abs Acos Asin Atan Ceil Cos Exp Floor Log Neg Reciprocal Relu Sigmoid Sin Softplus Softsign Sqrt Tan Tanh Identity"
)
LATER = {
    "Acosh": 9, "Asinh": 9, "Atanh": 9, "Cosh": 9, "Sinh": 9, "Erf": 9, "Sign": 9, "Round": 11, "Mish": 18, "HardSwish": 14,
}  # fmt: skip
SLOPE = choose(None, 0.01, 0.1, 0.5, 1.5, 0.2, -0.5)

UNARY = (
    *(unary(name) for name in PLAIN.split()),
    *(unary(name, since) for name, since in LATER.items()),
    unary("Elu", alpha=choose(None, 0.5, 1.0, 2.0)),
    unary("Celu", 12, alpha=choose(None, 0.5, 1.0, 2.0)),
    unary("Selu", alpha=choose(None, 1.0, 1.67326, 0.5), gamma=choose(None, 1.0, 1.0507, 2.0)),
    unary("LeakyRelu", alpha=SLOPE),
    unary("ThresholdedRelu", 10, alpha=choose(None, 0.5, 1.0, 0.0)),
    unary("HardSigmoid", alpha=choose(None, 0.2, 1 / 6, 0.5), beta=choose(None, 0.5, 0.0, 0.4)),
    unary("Shrink", 9, lambd=choose(None, 0.5, 1.0, 0.2), bias=choose(None, 0.0, 0.5, 0.2)),
    unary("Gelu", 20, approximate=choose(None, "none", "tanh")),
    unary("Swish", 24, alpha=choose(None, 1.0, 1.702, 0.5)),
    Op("Clip/6", (floats(),), {"min": choose(None, -1.0, 0.0, -0.5), "max": choose(None, 1.0, 6.0, 0.5)}, "unary", 7, 10),
    Op("Clip", (floats(), bound(0.7, -1.0, 0.0, -0.5), bound(0.7, 1.0, 6.0, 0.5)), {}, "unary", 11),
    Op("PRelu", (floats(), slopes), {}, "unary", 9),
    Op("IsNaN", (floats(),), {}, "test", 9),
    Op("IsInf", (floats(),), {"detect_negative": choose(None, 0, 1), "detect_positive": choose(None, 0, 1)}, "test", 10),
    Op("Not", (truths,), {}, "truth"),
    Op("BitwiseNot", (wholes(),), {}, "bits", 18),
)  # fmt: skip


def binary(names: str, group: str, first: Slot, second: Slot, since: int = 7) -> tuple[Op, ...]:
    return tuple(Op(name, (first, second), {}, group, since) for name in names.split())


def several(name: str, count: int, since: int = 8) -> Op:
    key = f"{name}/{count}" if count != 2 else name
    return Op(key, (floats(), *(partner for _ in range(count - 1))), {}, "binary", since)


def scalar_exponent(draw: Draw) -> Operand:
    return draw.numbers(draw.pick([2.0, 3.0, 0.5, 1.0, -1.0]), "float32")


BINARY = (
    *binary("Add Sub Mul Div", "binary", anything(), partner),
    Op("Pow", (floats(), scalar_exponent), {}, "binary"),
    *(several(name, count) for name in ("Max", "Min", "Mean", "Sum") for count in (1, 2, 3)),
    Op("Mod", (wholes(), whole_scalar), {"fmod": choose(None, 0, 1)}, "wholes", 10),
    Op("Mod/f", (floats(), scalar), {"fmod": choose(1)}, "binary", 10),
    Op("BitShift", (lambda draw: draw.value(kind_is("u")), whole_scalar), {"direction": choose("LEFT", "RIGHT")}, "bits", 11),
    *binary("BitwiseAnd BitwiseOr BitwiseXor", "bits", wholes(), partner, 18),
    *binary("Greater Less", "compare", floats(), partner, 9),
    *binary("GreaterOrEqual LessOrEqual", "compare", floats(), partner, 12),
    *binary("Equal", "compare", anything(), partner, 11),
    *binary("And Or Xor", "truths", truths, same_type),
)  # fmt: skip

CASTS = (
    Op("Cast", (anything(),), {"to": choose(1, 6, 7, 9, 10, 11)}, "cast", 9),
    Op("CastLike", (anything(), anything()), {}, "cast", 15),
    Op("Where", (truths, lambda draw: draw.value(lambda a: a.dtype.kind == "f" and fits_beside(draw.shape(), a.shape)),
                 lambda draw: draw.pick([draw.numbers(draw.number(), "float32"), draw.value(
                     lambda a: a.dtype == draw.array(1).dtype and fits_beside(draw.shape(1), a.shape))])), {}, "", 9),
    Op("Dropout", (floats(),), {"ratio": choose(None, 0.1, 0.5)}, "unary", 7, 11),
    Op("Dropout/12", (floats(), maybe(0.7, lambda draw: draw.numbers(draw.pick([0.1, 0.5, 0.3]), "float32")),
                      maybe(0.3, lambda draw: draw.numbers(draw.pick([True, False]), "bool"))), {}, "unary", 12),
)  # fmt: skip

ELEMENTWISE = (*UNARY, *BINARY, *CASTS)
