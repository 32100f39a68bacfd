"""Tensors that a model holds and gives as they are: told like any layer, whichever format they are in."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity

ROWS = ((1.0, 2.0), (3.0, 4.0))
OTHER = ((1.0, 2.0), (3.0, 5.0))


def onnx_model(held, numbers):
    """An ONNX model that gives a tensor of its own beside what it computes."""
    array = np.array(numbers, "float32")
    name = {"initializer": "given"}.get(held, "stored")
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    if held == "Constant":
        nodes.append(helper.make_node("Constant", [], ["given"], value=numpy_helper.from_array(array)))
    elif held == "Identity":
        nodes.append(helper.make_node("Identity", ["stored"], ["given"]))
    stored = [] if held == "Constant" else [numpy_helper.from_array(array, name)]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])]
    outputs = [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3]),
        helper.make_tensor_value_info("given", TensorProto.FLOAT, array.shape),
    ]
    graph = helper.make_graph(nodes, "g", inputs, outputs, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def torch_program(give, parameter=None):
    """An exported program that gives what a function of no input makes beside what it computes."""
    import torch

    class Given(torch.nn.Module):
        def __init__(self):
            super().__init__()
            if parameter is not None:
                self.weight = torch.nn.Parameter(torch.tensor(parameter))

        def forward(self, x):
            return x.relu(), give(self)

    return torch.export.export(Given().eval(), (torch.ones(2, 3),))


def constant(numbers):
    import torch

    return torch_program(lambda _: torch.tensor(numbers))


@pytest.mark.parametrize("numbers", [ROWS, ((0.0, 0.0), (0.0, 0.0)), 2.0], ids=["rows", "zeros", "number"])
@pytest.mark.parametrize("left", ["Constant", "Identity", "initializer"])
@pytest.mark.parametrize("right", ["Constant", "Identity", "initializer"])
def test_a_stored_output_is_one_however_a_file_says_so(left, right, numbers):
    assert parity.compare(onnx_model(left, numbers), onnx_model(right, numbers)).verdict == "equivalent"


def test_another_constant_is_another_model():
    assert parity.compare(constant(ROWS), constant(ROWS)).verdict == "equivalent"
    assert parity.compare(constant(ROWS), constant(OTHER)).verdict == "different"
    assert parity.compare(onnx_model("Constant", ROWS), onnx_model("Constant", OTHER)).verdict == "different"


@pytest.mark.parametrize("held", ["Constant", "Identity", "initializer"])
def test_what_one_side_computes_of_numbers_is_what_the_other_one_stores(held):
    import torch

    filled = torch_program(lambda _: torch.full((2, 2), 0.5))
    half, third = (onnx_model(held, ((number, number), (number, number))) for number in (0.5, 1 / 3))

    assert parity.compare(filled, half).verdict == "equivalent"
    assert parity.compare(filled, third).verdict == "different"
    assert parity.compare(constant(ROWS), onnx_model(held, ROWS)).verdict == "equivalent"
    assert parity.compare(constant(ROWS), onnx_model(held, OTHER)).verdict == "different"


def test_a_parameter_that_is_given_is_a_weight():
    given = torch_program(lambda module: module.weight, ROWS)
    doubled = torch_program(lambda module: module.weight * 2, ROWS)
    trained = torch_program(lambda module: module.weight, OTHER)

    assert parity.compare(given, onnx_model("initializer", ROWS)).verdict == "equivalent"
    assert parity.compare(given, doubled).verdict == "different"
    assert parity.compare(given, trained).verdict == "equivalent"
    assert parity.compare(given, trained, weights=True).verdict == "different"


@pytest.mark.parametrize("dynamo", [False, True])
def test_exports_give_what_the_model_gives(dynamo, tmp_path):
    import torch

    class Given(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(2, 2))

        def forward(self, x):
            return x.relu(), self.weight, torch.full_like(x, 2.0), torch.tensor(ROWS), self.weight + 0

    example = (torch.ones(2, 3),)
    torch.onnx.export(Given(), example, tmp_path / "given.onnx", dynamo=dynamo)

    assert parity.compare(torch.export.export(Given(), example), tmp_path / "given.onnx").verdict == "equivalent"
