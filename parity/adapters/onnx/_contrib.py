"""Names of the inputs of onnxruntime's own operators, and of what scales those on small integers."""

from collections.abc import Mapping, Sequence

ONE = ("X", "X_scale", "X_zero_point", "Y_scale", "Y_zero_point")
TWO = ("A", "A_scale", "A_zero_point", "B", "B_scale", "B_zero_point", "C_scale", "C_zero_point")
WITH_ONE = ("LeakyRelu", "Sigmoid", "AveragePool", "GlobalAveragePool", "Softmax")
PAST = ("past_key", "past_value", "past_sequence_length", "cache_indirection")
FORMALS: Mapping[str, tuple[str, ...]] = {
    **{f"QLinear{op}": ONE for op in WITH_ONE},
    **{f"QLinear{op}": TWO for op in ("Add", "Mul")},
    "QGemm": ("A", "A_scale", "A_zero_point", "B", "B_scale", "B_zero_point", "C", "Y_scale", "Y_zero_point"),
    "FusedConv": ("X", "W", "B", "Z"),
    "FusedGemm": ("A", "B", "C"),
    "QLinearConcat": ("Y_scale", "Y_zero_point"),
    "QuantizeLinear": ("x", "y_scale", "y_zero_point"),
    "DequantizeLinear": ("x", "x_scale", "x_zero_point"),
    "FusedMatMul": ("A", "B"),
    "BiasGelu": ("A", "B"),
    "FastGelu": ("X", "bias"),
    **dict.fromkeys(("Gelu", "QuickGelu"), ("X",)),
    "SkipLayerNormalization": ("input", "skip", "gamma", "beta", "bias"),
    "SkipSimplifiedLayerNormalization": ("input", "skip", "gamma", "bias"),
    "EmbedLayerNormalization": (
        *("input_ids", "segment_ids", "word_embedding", "position_embedding", "segment_embedding", "gamma", "beta"),
        *("mask", "position_ids"),
    ),
    "Attention": ("input", "weights", "bias", "mask_index", "past", "attention_bias", "past_sequence_length"),
    "MultiHeadAttention": ("query", "key", "value", "bias", "key_padding_mask", "attention_bias", *PAST),
    "MatMulIntegerToFloat": ("A", "B", "A_scale", "B_scale", "A_zero_point", "B_zero_point", "bias"),
}
"""Inputs of onnxruntime's own operators, of which the onnx package has no schema."""

SUFFIXES = ("_scale", "_zero_point")


def is_parameter(slot: str) -> bool:
    """Whether an input is a scale or a zero point."""
    return slot.endswith(SUFFIXES)


def formals(op: str, inputs: Sequence[str]) -> tuple[str, ...]:
    """The names of an operator's inputs; those to be joined come with a scale and a zero point each."""
    named = FORMALS.get(op, ())
    if op != "QLinearConcat":
        return named
    rest = range(max(0, len(inputs) - len(named)))
    return (*named, *(f"inputs.{at // 3}{('', *SUFFIXES)[at % 3]}" for at in rest))
