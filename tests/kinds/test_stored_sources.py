"""A stored tensor that is brought to the type or the shape of a value is that tensor, and never the value."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity
from parity.reports import Verdict


def module(made, table=1.0):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.arange(20.0).reshape(5, 4) * table
            self.inner = torch.nn.Linear(4, 4)

        def forward(self, x):
            return self.inner(x + made(self.table, x))

    torch.manual_seed(0)
    return Net().eval()


TORCH = {
    "type_as": lambda table, x: table.type_as(x),
    "expand_as": lambda table, x: table.expand_as(x),
    "view_as": lambda table, x: table.view_as(x[0]),
    "to": lambda table, x: table.to(x),
}


def given(other):
    return {"left_inputs": [(2, 5, 4)], "right_inputs": [(2, 5, 4)], **other}


@pytest.mark.parametrize("name", TORCH)
def test_a_table_of_pytorch_is_no_value(name):
    told = given({"weights": True, "profile": "inference"})
    model, value = module(TORCH[name]), module(lambda _, x: x)

    assert parity.compare(model, module(TORCH[name]), **told).verdict is Verdict.EQUIVALENT
    assert parity.compare(model, value, **told).verdict is not Verdict.EQUIVALENT
    assert parity.compare(model, module(TORCH[name], table=2.0), **told).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("dynamo", [False, True])
def test_a_table_of_pytorch_in_its_exports(name, dynamo, tmp_path):
    import torch

    model = module(TORCH[name])
    torch.onnx.export(model, (torch.zeros(2, 5, 4),), tmp_path / "a.onnx", dynamo=dynamo, verbose=False)

    assert parity.compare(model, tmp_path / "a.onnx", left_inputs=[(2, 5, 4)], weights=True).verdict == "equivalent"


ONNX = {
    "CastLike": ([("CastLike", ["table", "x"], ["made"])], (2, 5, 4)),
    "Expand": ([("Shape", ["x"], ["size"]), ("Expand", ["table", "size"], ["made"])], (1, 5, 4)),
    "Reshape": ([("Shape", ["x"], ["size"]), ("Reshape", ["table", "size"], ["made"])], (40,)),
}


def onnx_model(nodes, shape, *, value=False, factor=1.0, free=False):
    last = ("Identity", ["x"], ["made"]) if value else nodes[-1]
    made = [helper.make_node(*each) for each in (*nodes[:-1], last, ("Add", ["x", "made"], ["y"]))]
    sizes = ("batch" if free else 2, 5, 4)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name in "xy")
    table = (np.arange(np.prod(shape), dtype="float32") * factor + 1).reshape(shape)
    graph = helper.make_graph(made, "g", [x], [y], [numpy_helper.from_array(table, "table")])
    found = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    found.ir_version = 8
    return found


@pytest.mark.parametrize("name", ONNX)
def test_a_table_of_onnx_is_no_value(name):
    for free in (False, True):
        nodes, shape = ONNX[name]
        model = onnx_model(nodes, shape, free=free)

        same = parity.compare(model, onnx_model(nodes, shape, free=free), weights=True)
        assert same.verdict is Verdict.EQUIVALENT
        assert parity.compare(model, onnx_model(nodes, shape, value=True, free=free)).verdict is not Verdict.EQUIVALENT
        other = parity.compare(model, onnx_model(nodes, shape, factor=2.0, free=free), weights=True)
        assert other.verdict is Verdict.DIFFERENT
