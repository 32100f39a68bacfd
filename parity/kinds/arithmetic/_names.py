"""What each framework calls an element-wise function."""

from collections.abc import Mapping

KERAS = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
}
"""Layers that merge any number of tensors."""

# Of two operands: canonical name -> (Keras operation, ATen operator, ONNX operator), "" where there is none.
TWO: Mapping[str, tuple[str, str, str]] = {
    "add": ("Add", "add", "Add"),
    "subtract": ("Subtract", "sub", "Sub"),
    "multiply": ("Multiply", "mul", "Mul"),
    "divide": ("Divide", "div", "Div"),
    "maximum": ("Maximum", "maximum", "Max"),
    "minimum": ("Minimum", "minimum", "Min"),
    "power": ("Power", "pow", "Pow"),
    "remainder": ("Mod", "remainder", ""),
    "fmod": ("Fmod", "fmod", ""),
    "floor_divide": ("FloorDivide", "floor_divide", ""),
    "atan2": ("Arctan2", "atan2", ""),
    "hypot": ("Hypot", "hypot", ""),
    "logaddexp": ("Logaddexp", "logaddexp", ""),
    "equal": ("Equal", "eq", "Equal"),
    "not_equal": ("NotEqual", "ne", ""),
    "greater": ("Greater", "gt", "Greater"),
    "greater_equal": ("GreaterEqual", "ge", "GreaterOrEqual"),
    "less": ("Less", "lt", "Less"),
    "less_equal": ("LessEqual", "le", "LessOrEqual"),
    "logical_and": ("LogicalAnd", "logical_and", "And"),
    "logical_or": ("LogicalOr", "logical_or", "Or"),
    "logical_xor": ("LogicalXor", "logical_xor", "Xor"),
    "bitwise_and": ("BitwiseAnd", "bitwise_and", "BitwiseAnd"),
    "bitwise_or": ("BitwiseOr", "bitwise_or", "BitwiseOr"),
    "bitwise_xor": ("BitwiseXor", "bitwise_xor", "BitwiseXor"),
    "left_shift": ("LeftShift", "bitwise_left_shift", ""),
    "right_shift": ("RightShift", "bitwise_right_shift", ""),
}
ALIASES: dict[tuple[str, str], str] = {
    ("keras.ops", "TrueDivide"): "divide",
    ("keras.ops", "BitwiseLeftShift"): "left_shift",
    ("keras.ops", "BitwiseRightShift"): "right_shift",
    ("aten", "__and__"): "bitwise_and",
    ("aten", "__or__"): "bitwise_or",
    ("aten", "__xor__"): "bitwise_xor",
    ("aten", "__lshift__"): "left_shift",
    ("aten", "__rshift__"): "right_shift",
    ("aten", "__iand__"): "bitwise_and",
    ("aten", "__ior__"): "bitwise_or",
    ("aten", "true_divide"): "divide",
    ("aten", "divide"): "divide",
    ("aten", "multiply"): "multiply",
    ("aten", "subtract"): "subtract",
    ("onnx", "Sum"): "add",
    ("onnx", "Mean"): "average",
}

# Of one operand.
ONE: Mapping[str, tuple[str, str, str]] = {
    "abs": ("Absolute", "abs", "Abs"),
    "negative": ("Negative", "neg", "Neg"),
    "sqrt": ("Sqrt", "sqrt", "Sqrt"),
    "rsqrt": ("Rsqrt", "rsqrt", ""),
    "reciprocal": ("Reciprocal", "reciprocal", "Reciprocal"),
    "log": ("Log", "log", "Log"),
    "log2": ("Log2", "log2", ""),
    "log10": ("Log10", "log10", ""),
    "log1p": ("Log1p", "log1p", ""),
    "expm1": ("Expm1", "expm1", ""),
    "exp2": ("Exp2", "exp2", ""),
    "sin": ("Sin", "sin", "Sin"),
    "cos": ("Cos", "cos", "Cos"),
    "tan": ("Tan", "tan", "Tan"),
    "asin": ("Arcsin", "asin", "Asin"),
    "acos": ("Arccos", "acos", "Acos"),
    "atan": ("Arctan", "atan", "Atan"),
    "sinh": ("Sinh", "sinh", "Sinh"),
    "cosh": ("Cosh", "cosh", "Cosh"),
    "asinh": ("Arcsinh", "asinh", "Asinh"),
    "acosh": ("Arccosh", "acosh", "Acosh"),
    "atanh": ("Arctanh", "atanh", "Atanh"),
    "erf": ("Erf", "erf", "Erf"),
    "erfc": ("Erfc", "erfc", ""),
    "floor": ("Floor", "floor", "Floor"),
    "ceil": ("Ceil", "ceil", "Ceil"),
    "truncate": ("Trunc", "trunc", ""),
    "sign": ("Sign", "sign", "Sign"),
    "is_nan": ("Isnan", "isnan", "IsNaN"),
    "is_finite": ("Isfinite", "isfinite", ""),
    "logical_not": ("LogicalNot", "logical_not", "Not"),
    "bitwise_not": ("BitwiseNot", "bitwise_not", "BitwiseNot"),
}
ONE_ALIASES: dict[tuple[str, str], str] = {
    ("keras.ops", "Abs"): "abs",
    ("keras.ops", "Fabs"): "abs",
    ("keras.ops", "BitwiseInvert"): "bitwise_not",
    ("keras.ops", "Isinf"): "is_inf",
    ("aten", "isinf"): "is_inf",
    ("aten", "absolute"): "abs",
    ("aten", "sgn"): "sign",
    ("aten", "fix"): "truncate",
    ("onnx:undefined", "Erfc"): "erfc",  # tf2onnx leaves it in a file as it is; no runtime loads that, and it is told
}

ON_TRUTH = {"bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor"} | {
    "bitwise_not": "logical_not"
}
"""What a function of bits is on truth values."""

MIRRORED = {"greater": "less", "less": "greater", "greater_equal": "less_equal", "less_equal": "greater_equal"}
"""The comparison with its sides exchanged."""

TESTS = frozenset(("equal", "not_equal", *MIRRORED, "is_nan", "is_finite", "is_inf", "logical_not"))
"""Functions that give truth values, whatever they are given."""

KEEPING = frozenset(("abs", "negative", "floor", "ceil", "truncate", "sign", "bitwise_not"))
REAL = frozenset((*ONE, "divide", "atan2", "hypot", "logaddexp")) - KEEPING - TESTS
"""Functions that give real numbers, whatever they are given; the others of one operand keep the type."""

COMMUTATIVE = frozenset(
    ("add", "multiply", "average", "maximum", "minimum", "equal", "not_equal", "hypot", "logaddexp")
) | {"logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"}
"""Functions whose operands may change places."""

DIALECTS = ("keras.ops", "aten", "onnx")


def spelled(table: Mapping[str, tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    """Canonical names by (dialect, operator)."""
    return {
        (dialect, operator): name
        for name, row in table.items()
        for dialect, operator in zip(DIALECTS, row, strict=True)
        if operator
    }


FLOORED = tuple(key for key, name in spelled(TWO).items() if name == "floor_divide")
"""The operators of whole quotients."""
