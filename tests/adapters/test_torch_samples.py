"""A module traced for one sample, beside a model that takes any number of them: what it does to its batch is seen."""

import onnx
import pytest
from onnx import TensorProto, helper

import parity


def module(function):
    import torch

    class Net(torch.nn.Module):
        def forward(self, x):
            return function(x)

    return Net().eval()


def reshaped(target, order=None):
    """A file of any batch that reshapes what it takes, with its axes in an order."""
    before = [helper.make_node("Transpose", ["x"], ["turned"], perm=order)] if order else []
    nodes = [*before, helper.make_node("Reshape", ["turned" if order else "x", "shape"], ["y"])]
    sizes = helper.make_tensor("shape", TensorProto.INT64, [len(target)], target)
    ends = (
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * len(target))],
    )
    graph = helper.make_graph(nodes, "main", *ends, [sizes])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def same(module, model, batch):
    import numpy as np
    import torch
    from kinds.onnx_runs import session

    given = np.arange(batch * 6, dtype="float32").reshape(batch, 2, 3)
    (theirs,) = session(model).run(None, {"x": given})
    mine = module(torch.from_numpy(given)).numpy()
    return mine.shape == theirs.shape and bool((mine == theirs).all())


MIXED = {
    "transposed": (lambda x: x.transpose(0, 1).reshape(-1, 3), reshaped([-1, 3])),
    "negative": (lambda x: x.swapaxes(-3, 1).reshape(-1, 6), reshaped([-1, 6])),
    "permuted": (lambda x: x.permute(2, 0, 1).reshape(-1, 2), reshaped([-1, 2], [0, 2, 1])),
    "moved": (lambda x: x.movedim(0, 2).reshape(-1, 1), reshaped([-1, 1])),
    "viewed": (lambda x: x.view(2, -1, 3).transpose(0, 1).reshape(-1, 6), reshaped([-1, 6])),
}
KEPT = {
    "flattened": (lambda x: x.flatten(1), reshaped([-1, 6])),
    "by size": (lambda x: x.view(x.size(0), -1), reshaped([-1, 6])),
    "into the batch": (lambda x: x.reshape(-1, 3), reshaped([-1, 3])),
    "there and back": (lambda x: x.transpose(0, 1).transpose(0, 1).flatten(1), reshaped([-1, 6])),
    "within": (lambda x: x.transpose(1, 2).reshape(-1, 6), reshaped([-1, 6], [0, 2, 1])),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_batch_that_goes_among_other_axes_is_not_hidden_by_one_sample(name):
    function, model = MIXED[name]

    assert same(module(function), model, 1)
    assert not same(module(function), model, 2)
    assert parity.compare(module(function), model, left_inputs=[(1, 2, 3)]).verdict == "different"
    assert parity.compare(model, module(function), right_inputs={"x": (1, 2, 3)}).verdict == "different"


@pytest.mark.parametrize("name", KEPT)
def test_a_batch_that_stays_is_the_same_for_any_number(name):
    function, model = KEPT[name]

    assert same(module(function), model, 2)
    assert parity.compare(module(function), model, left_inputs=[(1, 2, 3)]).verdict == "equivalent"


def test_what_is_told_of_the_batch_is_what_the_example_says():
    function, model = KEPT["by size"]

    report = parity.compare(module(function), model, left_inputs=[(1, 2, 3)])

    (told,) = [finding for finding, _ in report.findings if finding.rule == "batch-dimension-spelling"]
    assert "recorded as 1 on the left" in told.message


def test_a_file_of_one_sample_takes_no_more():
    function, model = MIXED["transposed"]
    model = onnx.ModelProto.FromString(model.SerializeToString())
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1

    assert parity.compare(module(function), model, left_inputs=[(1, 2, 3)]).verdict == "equivalent"
