"""The types of a model's outputs, as far as a source tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from parity.graph import SourceGraph, SourceNode, Value
from parity.kinds._held import USUAL, precision

FLOATS = {"bfloat16", "float16", "float32", "float64"}

LIKE = {"OnesLike", "ZerosLike", "FullLike"}
"""Operations of Keras that give what is of the type of their first input, where they are told no other one."""

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
    *("Divide", "DivideNoNan", "Erfc", "Exp", "Exp2", "Expm1", "Floor", "Log", "Log10", "Log1p", "Log2", "Logaddexp"),
    *("Logsumexp", "Mean", "Median", "Norm", "Reciprocal", "Sin", "Sinh", "Sqrt", "Std", "Tan", "Tanh", "TrueDivide"),
    "Var",
}
"""Those that give real numbers of whole ones, in single precision unless somebody changes that for all of Keras."""

BITS = {
    *("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "BitwiseInvert"),
    *("BitwiseLeftShift", "BitwiseRightShift", "LeftShift", "RightShift"),
}
"""Those on the bits of whole numbers."""

LAYERS = {
    *("ActivityRegularization", "Add", "AlphaDropout", "Concatenate", "Dot", "Dropout", "GaussianDropout"),
    *("GaussianNoise", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Masking", "Maximum"),
    *("Minimum", "Multiply", "ReLU", "Subtract"),
    *("MaxPooling1D", "MaxPooling2D"),
    *(f"{name}{rank}D" for name in ("Cropping", "UpSampling", "ZeroPadding") for rank in (1, 2, 3)),
    *(f"SpatialDropout{rank}D" for rank in (1, 2, 3)),
}
"""Layers of Keras that leave whole numbers what they are, though Keras records the type that it casts real ones to.

Measured with Keras 3.15: ``keras.layers.Add()([x, x]).dtype`` is float32 for int32, and what comes out int32.
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
        if recorded is not None and recorded.dtype is not None:
            return recorded.dtype
        if maker is None or not depth:
            return None
        if maker.dialect == "keras.ops":
            return self._of_operation(value, maker, depth)
        return self._of_policy(value, maker)

    def _left_whole(self, maker: SourceNode, depth: int) -> str | None:
        """The type of whole numbers that a layer of Keras leaves as they are; None for any other one."""
        if maker.dialect != "keras" or maker.op not in LAYERS:
            return None
        types = {self.of(each, depth - 1) for each in maker.inputs.values()}
        found = types.pop() if len(types) == 1 else None
        return found if found is not None and found.startswith(("int", "uint")) else None

    def _of_operation(self, value: str, maker: SourceNode, depth: int) -> str | None:
        told = maker.attributes.get("dtype")
        if isinstance(told, str):
            return told if maker.op in {"Cast", *LIKE} else None
        inputs = list(maker.inputs.values())
        if maker.op in LIKE:
            return self.of(inputs[0], depth - 1) if inputs else None
        types = {self.of(each, depth - 1) for each in inputs}
        # A number of the code, or a stored tensor, is of a type that is not told here, but for a whole one among such.
        numbers = [value for name, value in maker.attributes.items() if name.isdecimal()]
        of_whole = all(each is not None and each.startswith(("int", "uint")) for each in types)
        if not inputs or maker.weights:
            return None
        of_reals = any(type(each) is float for each in numbers)
        if of_whole and (maker.op in REAL or (maker.op in OF_TWO and of_reals)):
            return "float32" if all(type(each) in {int, float} for each in numbers) else None
        if not all(of_whole and type(each) is int for each in numbers):
            return None
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
