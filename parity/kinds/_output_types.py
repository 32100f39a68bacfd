"""The types of a model's outputs, as far as a source tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from parity.graph import SourceGraph, SourceNode, Value
from parity.kinds._held import USUAL, precision

FLOATS = {"bfloat16", "float16", "float32", "float64"}
NO_REALS = "int", "uint", "bool"
"""How the types of whole numbers and truth values begin."""

LIKE = {"OnesLike", "ZerosLike", "FullLike"}
"""Operations of Keras that give what is of the type of their first input, where they are told no other one."""

PART = {"GetItem"}
"""Those that take part of their first input; what else they are given says which."""

KEEPING = {
    *("Abs", "Absolute", "Add", "Amax", "Amin", "Clip", "Concatenate", "Copy", "Cumprod", "Cumsum", "Diagonal"),
    *("Diff", "ExpandDims", "Flip", "Fliplr", "Flipud", "FloorDivide", "Fmax", "Fmin", "Fmod", "GetItem"),
    *("HardTanh", "Inner", "LeakyRelu", "Matmul", "Max", "Maximum", "Min", "Minimum", "Mod", "Multiply"),
    *("Negative", "Outer", "Pad", "Power", "Ptp", "Ravel", "Relu", "Relu6", "Repeat", "Reshape", "Roll"),
    *("Rot90", "Round", "Sign", "Sort", "Square", "Squeeze", "Stack", "StopGradient", "Subtract", "Swapaxes"),
    *("Tile", "Transpose", "Tril", "Triu", "Trunc"),
}
"""Those that give what is of the type of all their inputs, where these are of one."""

OF_TWO = {
    *("Add", "FloorDivide", "Fmax", "Fmin", "Fmod", "Maximum", "Minimum", "Mod", "Multiply", "Power", "Subtract"),
}
"""Those of them that give real numbers where the other one is a real number of the code."""

REAL = {
    *("Arccos", "Arccosh", "Arcsin", "Arcsinh", "Arctan", "Arctan2", "Arctanh", "Average", "Ceil", "Cos", "Cosh"),
    *("Divide", "DivideNoNan", "Erfc", "Exp", "Exp2", "Expm1", "Fabs", "Floor", "Ldexp", "Log", "Log10", "Log1p"),
    *("Log2", "Logaddexp", "Logaddexp2", "Logsumexp", "Mean", "Median", "Nanmean", "Nanmedian", "Nanpercentile"),
    *("Nanquantile", "Nanstd", "Nanvar", "Nextafter", "Norm", "PSNR", "Percentile", "Quantile", "Reciprocal", "Sin"),
    *("Sinc", "Sinh", "Sqrt", "Std", "Tan", "Tanh", "Trapezoid", "TrueDivide", "Var"),
}
"""Those that give real numbers of whole ones, in single precision unless somebody changes that for all of Keras."""

TRUTH = {
    *("Equal", "Greater", "GreaterEqual", "Isfinite", "Isinf", "Isnan", "Isneginf", "Isposinf", "Less", "LessEqual"),
    *("LogicalAnd", "LogicalNot", "LogicalOr", "LogicalXor", "NotEqual", "All", "Any"),
}
"""Those that give truth values, whatever they are given."""

PLACES = {"Argmax", "Argmin", "Argpartition", "Argsort", "CountNonzero", "Digitize", "SearchSorted"}
"""Those that give places or counts, whatever they are given."""

FIXED = {**dict.fromkeys(TRUTH, "bool"), **dict.fromkeys(PLACES, "int32")}

COUNTED = {"Clip", "Cumprod", "Cumsum", "Fmod", "Mod", "Square"}
"""Those that give numbers of truth values."""

BITS = {
    *("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "BitwiseInvert"),
    *("BitwiseLeftShift", "BitwiseRightShift", "LeftShift", "RightShift"),
}
"""Those on the bits of whole numbers."""

KEEPING_NUMBERS = {
    *("Activation", "Add", "Masking", "Maximum", "Minimum", "Multiply", "ReLU", "Resizing", "Subtract"),
    *("MaxPooling1D", "MaxPooling2D", *(f"AdaptiveMaxPooling{rank}D" for rank in (1, 2, 3))),
}
KEEPING_ANY = {
    *("ActivityRegularization", "AlphaDropout", "Concatenate", "Dot", "Dropout", "Flatten", "GaussianDropout"),
    *("GaussianNoise", "Identity", "Permute", "RMSNormalization", "RandomGrayscale", "RepeatVector", "Reshape"),
    *(f"{name}{rank}D" for name in ("Cropping", "GlobalMaxPooling", "SpatialDropout") for rank in (1, 2, 3)),
    *(f"{name}{rank}D" for name in ("UpSampling", "ZeroPadding") for rank in (1, 2, 3)),
}
LAYERS = KEEPING_NUMBERS | KEEPING_ANY
"""Layers of Keras that leave whole numbers what they are, and some truth values too.

Keras records the type that it casts real ones to. Measured with Keras 3.15 on the TensorFlow backend:
``keras.layers.Add()([x, x]).dtype`` is float32 for int32, and what comes out int32.
"""

RECTIFYING = {"linear", "relu", "relu6"}
"""The activations that do, where whole numbers are taken at all."""

WIDENING = {"Cbrt", "Corrcoef", "Deg2rad", "Heaviside", "Hypot", "I0", "Rad2deg"}
"""Operations that give double precision of int64, and single precision of any smaller whole numbers.

Measured with Keras 3.15 on the TensorFlow backend, as the list above has been.
"""

DEEP = 64
"""So many operations in a row are followed."""


def output_types(source: SourceGraph, values: Mapping[str, Value]) -> tuple[str | None, ...]:
    """The type of each output: as the source records it, or as operations and policies of Keras make it.

    Args:
        source: the model.
        values: what is known of its values.
    """
    types = _Types(source, values)
    return tuple(map(types.of, source.outputs))


@dataclass(frozen=True)
class _Types:
    source: SourceGraph
    values: Mapping[str, Value]
    known: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def makers(self) -> dict[str, SourceNode]:
        return {value: node for node in self.source.nodes for value in node.outputs}

    def of(self, value: str, depth: int = DEEP) -> str | None:
        """The type of a value; None where nothing tells it."""
        if value not in self.known:
            self.known[value] = self._found(value, depth)
        return self.known[value]

    def _found(self, value: str, depth: int) -> str | None:
        recorded, maker = self.source.values.get(value), self.makers.get(value)
        if maker is not None and depth and (whole := self._left_whole(maker, depth)) is not None:
            return whole
        if recorded is not None and recorded.dtype is not None and not self._misled(maker, depth):
            return recorded.dtype
        if maker is None or not depth:
            return None
        if maker.dialect == "keras.ops":
            return self._of_operation(value, maker, depth)
        return self._of_policy(value, maker)

    def _misled(self, maker: SourceNode | None, depth: int) -> bool:
        """Whether Keras recorded the type of an operation's result from types of its inputs that they are not of."""
        if maker is None or not depth or maker.dialect != "keras.ops":
            return False
        recorded = {
            name: self.source.values[name].dtype for name in maker.inputs.values() if name in self.source.values
        }
        return any(each not in {None, self.of(name, depth - 1)} for name, each in recorded.items())

    def _left_whole(self, maker: SourceNode, depth: int) -> str | None:
        """The type of whole numbers and truth values that a layer of Keras leaves as they are; None for any other."""
        if maker.dialect != "keras" or maker.op not in LAYERS or _multiplies(maker):
            return None
        types = {self.of(each, depth - 1) for each in maker.inputs.values()}
        found = types.pop() if len(types) == 1 else None
        if found is None or not found.startswith(NO_REALS):
            return None
        if found == "bool" and maker.op == "Masking":
            return "int32"  # a product
        return found if found != "bool" or maker.op in KEEPING_ANY or _does_nothing(maker) else None

    def _of_operation(self, value: str, maker: SourceNode, depth: int) -> str | None:
        told, inputs = maker.attributes.get("dtype"), list(maker.inputs.values())
        if isinstance(told, str):
            return told if maker.op in {"Cast", *LIKE} else None
        if maker.op in FIXED:
            return FIXED[maker.op]
        if maker.op in LIKE | PART:
            return self.of(inputs[0], depth - 1) if inputs else None
        return self._of_inputs(value, maker, depth) if inputs and not maker.weights else None

    def _of_inputs(self, value: str, maker: SourceNode, depth: int) -> str | None:
        """What an operation makes of the types of its inputs; None where that depends on what it does."""
        inputs = maker.inputs.values()
        types = {self.of(each, depth - 1) for each in inputs}
        # A number of the code, or a stored tensor, is of a type that is not told here, but for a whole one among such.
        numbers = [value for name, value in maker.attributes.items() if name.isdecimal()]
        of_whole = all(each is not None and each.startswith(NO_REALS) for each in types)
        of_reals = any(type(each) is float for each in numbers)
        if of_whole and (maker.op in REAL or (maker.op in OF_TWO and of_reals)):
            return "float32" if all(type(each) in {int, float} for each in numbers) else None
        if not all(of_whole and type(each) is int for each in numbers):
            return None
        if of_whole and maker.op in WIDENING and "bool" not in types:
            return "float64" if "int64" in types else "float32"
        if types == {"bool"} and (numbers or maker.op in COUNTED):
            return None if numbers else "int32"
        # What gives real numbers of real ones gives those of their type, whatever it does.
        keeps = maker.op in KEEPING | BITS or (types <= FLOATS and self._is_real(value))
        return types.pop() if keeps and len(types) == 1 else None

    def _of_policy(self, value: str, maker: SourceNode) -> str | None:
        """A policy casts what a layer takes, so that one which changes nothing else changes that."""
        if maker.dialect != "keras" or "dtype" not in maker.attributes:
            return None
        told = precision(maker.attributes["dtype"]) or USUAL
        return told if self._is_real(value) and told in FLOATS else None

    def _is_real(self, value: str) -> bool:
        """Whether real numbers are made."""
        made = self.values.get(value)
        return made is not None and "float" in (made.dtype or USUAL)


def _multiplies(maker: SourceNode) -> bool:
    """Whether an activation makes real numbers of whole ones: any but a rectifier whose negative part is flat."""
    if maker.op == "Activation":
        return maker.attributes.get("activation") not in RECTIFYING
    return maker.op == "ReLU" and maker.attributes.get("negative_slope") not in (None, 0)


def _does_nothing(maker: SourceNode) -> bool:
    return maker.op == "Activation" and maker.attributes["activation"] == "linear"
