"""What stands where a weight does is one, also of one element, and however it is given; onnxruntime takes each file."""

import numpy as np
import pytest
from kinds.onnx_runs import session
from onnx import TensorProto, helper, numpy_helper

import parity
from parity.adapters import read
from parity.kinds import translate

ROW, COLUMN = (2, 4, 5), (2, 1, 5)
VECTOR = {"b": (1,)}

CASES = {
    # The input, stored tensors of several elements, those of one, the operator and the names of its inputs.
    "Conv": (ROW, {"w": (1, 4, 1)}, VECTOR, "Conv", "x w b"),
    "Conv of a kernel of one element": (COLUMN, {}, {"w": (1, 1, 1), **VECTOR}, "Conv", "x w b"),
    "ConvTranspose": (ROW, {"w": (4, 1, 1)}, VECTOR, "ConvTranspose", "x w b"),
    "Gemm": ((2, 4), {"w": (4, 1)}, VECTOR, "Gemm", "x w b"),
    "Gemm of one number": ((2, 4), {"w": (4, 1)}, {"b": ()}, "Gemm", "x w b"),
    "MatMul": ((2, 1), {}, {"w": (1, 1)}, "MatMul", "x w"),
    "BatchNormalization": (COLUMN, {}, dict.fromkeys("sbmv", (1,)), "BatchNormalization", "x s b m v"),
    "InstanceNormalization": (COLUMN, {}, {"s": (1,), "b": (1,)}, "InstanceNormalization", "x s b"),
    "LayerNormalization": ((2, 5, 1), {}, {"s": (1,), "b": (1,)}, "LayerNormalization", "x s b"),
    "PRelu": (ROW, {}, {"s": (1,)}, "PRelu", "x s"),
    "LSTM": ((5, 2, 1), {"w": (1, 4, 1), "r": (1, 4, 1), "b": (1, 8)}, {}, "LSTM", "x w r b"),
    "RNN": ((5, 2, 1), {"b": (1, 2)}, {"w": (1, 1, 1), "r": (1, 1, 1)}, "RNN", "x w r b"),
}
SETTINGS = {"LSTM": {"hidden_size": 1}, "RNN": {"hidden_size": 1}}
GIVEN = ("initializer", "constant", "alias", "alias of a constant")


def numbers(shape, seed):
    return np.random.default_rng(seed).uniform(0.2, 0.9, shape).astype("float32")


def built(case, given, left_out=()):
    image, more, ones, operator, names = CASES[case]
    arrays = {name: numbers(shape, at) for at, (name, shape) in enumerate({**more, **ones}.items())}
    stored = {name: numpy_helper.from_array(array, name) for name, array in arrays.items() if name not in left_out}
    nodes, kept = [], []
    for name, tensor in stored.items():
        inner = f"{name}_held" if given.startswith("alias") and name in ones else name
        tensor.name = inner
        if name in ones and given not in {"initializer", "alias"}:
            nodes.append(helper.make_node("Constant", [], [inner], value=tensor))
        else:
            kept.append(tensor)
        if inner != name:
            nodes.append(helper.make_node("Identity", [inner], [name]))
    inputs = [name if name == "x" or name in stored else "" for name in names.split()]
    while not inputs[-1]:
        inputs.pop()
    nodes.append(helper.make_node(operator, inputs, ["y"], **SETTINGS.get(operator, {})))
    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *image[1:]]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session(model)
    return model


def total(model):
    return sum(weight.numel for weight in translate(read(model)).weights)


@pytest.mark.parametrize("case", CASES)
def test_however_it_is_given_it_is_the_same_weight(case):
    models = [built(case, given) for given in GIVEN]
    _, more, ones, *_ = CASES[case]

    assert {total(model) for model in models} == {
        sum(int(np.prod(shape)) for shape in (*more.values(), *ones.values()))
    }
    for model in models[1:]:
        assert parity.compare(models[0], model).verdict == "equivalent"
        assert parity.compare(model, models[0], profile="exact").verdict != "different"


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("case", ["Conv", "ConvTranspose", "Gemm"])
def test_a_bias_of_one_element_is_no_setting(case, given):
    """Its number is seen, so that it is no bias of zeros that an exporter may have dropped."""
    ends = [{"x": numbers(CASES[case][0], 9)}]
    outputs = [session(built(case, given, left_out)).run(None, *ends)[0] for left_out in ("", "b")]

    assert np.abs(outputs[0] - outputs[1]).max() > 0.1
    assert parity.compare(built(case, given), built(case, given, "b")).verdict == "different"


def test_a_number_in_the_place_of_a_column_is_its_bias_in_both_spellings():
    """A product with one column and a sum: the sum's operand is a bias as those of more units are."""
    models = []
    for given in ("initializer", "constant"):
        bias = numpy_helper.from_array(numbers((1,), 1), "b")
        kernel = numpy_helper.from_array(numbers((4, 1), 2), "w")
        nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "b"], ["y"])]
        if given == "constant":
            nodes = [helper.make_node("Constant", [], ["b"], value=bias), *nodes]
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size]) for name, size in (("x", 4), ("y", 1))
        ]
        stored = [kernel, bias] if given == "initializer" else [kernel]
        graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], stored)
        models.append(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))

    assert [total(model) for model in models] == [5, 5]
    assert parity.compare(*models).verdict == "equivalent"
