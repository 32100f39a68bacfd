"""Calls whose first argument is stored, or made of numbers, are those that they are on what a model computes."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from parity.adapters import read
from parity.kinds import flat, translate


def saved(path, nodes, *stored):
    """A model of one input, to which the last node's result is added."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 5, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    nodes = [*nodes, helper.make_node("Add", ["x", nodes[-1].output[0]], ["y"])]
    tensors = [numpy_helper.from_array(array, name) for name, array in stored]
    graph = helper.make_graph(nodes, "net", [value], [out], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)
    return path


def drawn(*sizes):
    return np.random.default_rng(0).standard_normal(sizes).astype("float32")


@pytest.mark.parametrize(
    ("op", "inputs", "stored", "expected"),
    [
        ("LayerNormalization", ["queries", "gamma"], {"queries": (5, 8), "gamma": (8,)}, ["expand", "layer_norm"]),
        ("Gemm", ["queries", "kernel"], {"queries": (5, 3), "kernel": (3, 8)}, ["dense"]),
        ("Conv", ["image", "kernel"], {"image": (1, 3, 8), "kernel": (5, 3, 1)}, ["expand", "conv"]),
    ],
)
def test_a_stored_tensor(op, inputs, stored, expected, tmp_path):
    node = helper.make_node(op, inputs, ["made"])
    arrays = [(name, drawn(*sizes)) for name, sizes in stored.items()]

    graph = translate(read(saved(tmp_path / "net.onnx", [node], *arrays)))

    assert [layer.kind for layer in graph.layers] == ["input", *expected, "elementwise"]
    assert {weight.shape for layer in graph.layers for weight in layer.weights} == {*stored.values()}
    assert graph.shape(graph.layers[-2].outputs[0])[-1] == 8


def test_a_stored_image_and_a_kernel_that_comes_in(tmp_path):
    kernel = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 5, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    image = numpy_helper.from_array(drawn(1, 5, 15), "image")
    graph = helper.make_graph([helper.make_node("Conv", ["image", "x"], ["y"])], "net", [kernel], [out], [image])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "net.onnx"
    )

    found = translate(read(tmp_path / "net.onnx"))

    first, leaf, conv = found.layers
    assert [first.kind, leaf.kind, conv.kind] == ["input", "expand", "conv"]
    assert conv.inputs == (*leaf.outputs, *first.outputs)
    assert found.shape(conv.outputs[0]) == (1, 2, 8)


@pytest.mark.parametrize("rows", [((1.0, 2.0), 3.0), ((1.0,), (1.0, 2.0)), (3.0, (1.0, 2.0))])
def test_rows_of_other_lengths_are_no_array(rows):
    with pytest.raises(ValueError):  # noqa: PT011  it says nothing to people
        flat(rows)


def test_numbers(tmp_path):
    numbers = helper.make_node("Constant", [], ["places"], value_floats=[0.0, 0.5, 1.0])
    rows = helper.make_node("Unsqueeze", ["places", "last"], ["column"])
    gemm = helper.make_node("Gemm", ["column", "kernel"], ["made"])
    stored = ("kernel", drawn(1, 8)), ("last", np.array([1]))

    graph = translate(read(saved(tmp_path / "net.onnx", [numbers, rows, gemm], *stored)))

    assert "opaque" not in {layer.kind for layer in graph.layers}
    assert [layer.kind for layer in graph.layers][-2:] == ["dense", "elementwise"]
