"""Every operator that occurs in exports of usual transformers has a spelling, and means what its shapes say."""

import warnings

import pytest

from parity.adapters import read
from parity.graph import Evidence
from parity.kinds import spelling
from tests.kinds.transformers_models import ARCHITECTURES, architecture
from tests.kinds.translated import checked, kinds_of

OPERATORS = [
    "__and__",
    "_weight_norm",
    "abs",
    "adaptive_avg_pool1d",
    "add",
    "addmm",
    "alias",
    "arange",
    "argmax",
    "baddbmm",
    "batch_norm",
    "bitwise_not",
    "bmm",
    "cat",
    "chunk",
    "clamp",
    "clamp_min",
    "contiguous",
    "conv1d",
    "conv2d",
    "copy",
    "cos",
    "cumsum",
    "detach",
    "diff",
    "div",
    "dropout",
    "einsum",
    "embedding",
    "empty_like",
    "eq",
    "exp",
    "expand",
    "expand_as",
    "fill",
    "flatten",
    "floor_divide",
    "full",
    "full_like",
    "gather",
    "ge",
    "gelu",
    "group_norm",
    "gt",
    "index",
    "index_put",
    "index_select",
    "layer_norm",
    "le",
    "linalg_vector_norm",
    "linear",
    "log",
    "lt",
    "masked_fill",
    "matmul",
    "max_pool2d",
    "mean",
    "meshgrid",
    "min",
    "mul",
    "ne",
    "neg",
    "new_ones",
    "ones",
    "pad",
    "permute",
    "pow",
    "reciprocal",
    "relu",
    "repeat",
    "reshape",
    "roll",
    "rsqrt",
    "scaled_dot_product_attention",
    "select",
    "sigmoid",
    "silu",
    "sin",
    "slice",
    "softmax",
    "softplus",
    "sort",
    "split",
    "split_with_sizes",
    "sqrt",
    "squeeze",
    "stack",
    "sub",
    "sum",
    "t",
    "tanh",
    "to",
    "topk",
    "transpose",
    "type_as",
    "unsqueeze",
    "upsample_bilinear2d",
    "view",
    "where",
    "zeros",
    "zeros_like",
]
"""Measured by exporting each of the architectures, and eleven others, with PyTorch 2.13 and transformers 5."""

UNSPELT = {"wav2vec2": {"conv1d"}, "mamba": {"conv1d"}}
"""Calls that no kind says, by architecture: a convolution whose kernel the model computes, if only by reshaping it."""


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_has_a_spelling(operator):
    assert spelling("aten", operator) is not None


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_an_export_is_said_in_kinds(name):
    model, inputs = architecture(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = read(model, inputs=inputs)

    graph = checked(source)

    assert source.evidence is Evidence.GRAPH
    met = {node.op if node.op.endswith("__") else node.op.removesuffix("_") for node in source.nodes}
    assert met <= {*OPERATORS}
    operators = {layer.attributes["operator"] for layer in graph.layers if layer.kind == "opaque"}
    assert {operator.removeprefix("aten.") for operator in operators} <= UNSPELT.get(name, set())
    assert all(graph.shape(value) is not None for layer in graph.layers for value in layer.outputs)


@pytest.mark.parametrize("name", ["bert", "llama", "vit"])
def test_what_the_exporter_writes_is_said_in_kinds(name, tmp_path):
    import torch

    model, inputs = architecture(name)
    given = {key: torch.ones(shape, dtype=getattr(torch, dtype)) for key, (shape, dtype) in inputs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (), tmp_path / "model.onnx", kwargs=given, dynamo=True, verbose=False)

    graph = checked(read(tmp_path / "model.onnx"))

    assert "opaque" not in kinds_of(graph)
