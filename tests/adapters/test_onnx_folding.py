"""What follows from constants is what onnxruntime computes, within bounds that a stranger's file cannot move."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from parity.adapters.onnx._attributes import attributes
from parity.adapters.onnx._folding import fold, is_uniform

PAIRS = [((3,), (3,)), ((2, 3), (3,)), ((), (4,)), ((1, 3), (2, 1))]


def whole(*shape):
    return np.random.default_rng(sum(shape)).integers(1, 6, shape).astype("int64")


def real(*shape):
    return np.random.default_rng(sum(shape)).normal(2, 3, shape).astype("float32")


ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow")
COMPARING = ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual")
NODES = [
    *(
        (op, [make(*shape) for shape in pair], {})
        for op in ARITHMETIC + COMPARING
        for make in (whole, real)
        for pair in PAIRS
    ),
    ("Div", [-whole(4), whole(4)], {}),
    ("Mod", [-whole(4), whole(4)], {}),
    ("Mod", [real(4), real(4)], {"fmod": 1}),
    ("ReduceSum", [whole(2, 3), np.array([1])], {"keepdims": 0}),
    ("ReduceSum", [whole(2, 3), np.array([], "int64")], {}),
    ("ReduceSum", [whole(2, 3), np.array([], "int64")], {"noop_with_empty_axes": 1}),
    ("ReduceProd", [whole(2, 3)], {"axes": [0]}),
    ("Gather", [whole(4, 3), np.array([2, -1])], {"axis": 1}),
    ("GatherND", [whole(3, 3), np.array([[0, 1], [2, 2]])], {}),
    ("ScatterElements", [whole(5), np.array([1, 3]), np.array([9, 8])], {}),
    ("CumSum", [whole(2, 4), np.array(1)], {"exclusive": 1, "reverse": 1}),
    ("Slice", [whole(2, 6), np.array([-1]), np.array([np.iinfo("int64").min]), np.array([1]), np.array([-2])], {}),
    ("Slice", [whole(2, 6), np.array([1]), np.array([np.iinfo("int64").max]), np.array([1])], {}),
    ("Concat", [whole(2, 1), whole(2, 3)], {"axis": -1}),
    ("Reshape", [whole(2, 3), np.array([0, -1])], {}),
    ("Flatten", [whole(2, 3, 2)], {"axis": -1}),
    ("Trilu", [real(3, 3), np.array(1)], {"upper": 0}),
    ("Transpose", [whole(2, 3, 4)], {"perm": [2, 0, 1]}),
    ("Expand", [whole(1, 3), np.array([2, 1, 1])], {}),
    ("Range", [np.array(7), np.array(0), np.array(-2)], {}),
    ("Cast", [real(3)], {"to": TensorProto.INT64}),
    ("Where", [real(2, 3) > 2, real(2, 3), real(3)], {}),
]


@pytest.mark.parametrize(("op", "arrays", "settings"), NODES, ids=lambda each: each if isinstance(each, str) else "")
def test_a_node_gives_what_the_runtime_gives(op, arrays, settings):
    import onnxruntime

    names = [f"x{at}" for at in range(len(arrays))]
    node = helper.make_node(op, names, ["y"], **settings)
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, arrays, strict=True)
    ]
    graph = helper.make_graph([node], "node", inputs, [helper.make_empty_tensor_value_info("y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (expected,) = session.run(None, dict(zip(names, arrays, strict=True)))

    found = fold(node, arrays, attributes(node, {}), 17)

    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def folded(op, *arrays, opset=17, **settings):
    node = helper.make_node(op, ["x"] * len(arrays), ["y"], **settings)
    return fold(node, arrays, attributes(node, {}), opset)


def test_a_number_that_is_repeated_takes_no_memory():
    made = folded("ConstantOfShape", np.array([1 << 20, 1 << 20]))

    assert made.shape == (1 << 20, 1 << 20)
    assert is_uniform(made)
    assert is_uniform(folded("Transpose", made, perm=[1, 0]))
    assert is_uniform(folded("Expand", np.array([7]), np.array([1 << 40])))


def test_what_would_be_large_is_left_alone():
    long = np.arange(1000)

    assert folded("Range", np.array(0), np.array(1 << 50), np.array(1)) is None
    assert folded("Add", long[:, None], long) is None
    assert folded("Where", (long > 5)[:, None, None], long[:, None], long) is None
    assert folded("Gather", long.reshape(1, -1), np.zeros(1000, "int64")) is None


def test_what_makes_no_sense_is_left_to_its_kind():
    assert folded("Div", np.array([4]), np.array([0])) is None
    assert folded("Mod", np.array([4]), np.array([0])) is None
    assert folded("Gather", np.array([4]), np.array(3)) is None
    assert folded("Reshape", np.arange(6), np.array([4, -1])) is None
    assert folded("Transpose", np.zeros((2, 2)), perm=[0, 5]) is None
    assert folded("Concat", np.array([1]), axis=3) is None
    assert folded("Slice", np.arange(6), np.array([0]), np.array([6]), np.array([0]), np.array([0])) is None
    assert folded("Nothing", np.array([1])) is None


def test_an_operator_is_that_of_the_opset():
    axes = onnx.helper.make_node("Unsqueeze", ["x"], ["y"], axes=[0])

    assert fold(axes, [np.arange(3)], {}, 11).shape == (1, 3)
    assert folded("Unsqueeze", np.arange(3), np.array([1]), opset=13).shape == (3, 1)
    assert folded("Unsqueeze", np.arange(3), np.array([1]), opset=1 << 40).shape == (3, 1)
