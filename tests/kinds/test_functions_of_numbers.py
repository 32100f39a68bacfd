"""Functions of a number that is known when a file is read, as sizes are and what is made of them."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity
from parity.reports import Verdict

FUNCTIONS = {
    **{each: {} for each in ("Abs", "Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Erf", "Sigmoid", "Tanh", "Softsign")},
    **{
        each: {}
        for each in ("Relu", "Softplus", "Elu", "Selu", "Celu", "LeakyRelu", "HardSigmoid", "HardSwish", "Mish")
    },
    **{each: {} for each in ("Floor", "Ceil", "Sin", "Cos", "Atan", "Asinh", "ThresholdedRelu", "Gelu", "Identity")},
    "Cast": {"to": TensorProto.DOUBLE},
    "ReduceSum": {"keepdims": 0},
    "ReduceMax": {"keepdims": 0},
}


def model(path, name, factor):
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, (2, 3))
    made = helper.make_tensor_value_info("y", FUNCTIONS[name].get("to", TensorProto.FLOAT), ())
    nodes = [
        helper.make_node("Size", ["x"], ["size"]),
        helper.make_node("Cast", ["size"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["real", "factor"], ["number"]),
        helper.make_node(name, ["number"], ["y"], **FUNCTIONS[name]),
    ]
    factors = [numpy_helper.from_array(np.float32(factor), "factor")]
    graph = helper.make_graph(nodes, "g", [given], [made], factors)
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    path.write_bytes(built.SerializeToString())
    return path


@pytest.mark.parametrize("name", FUNCTIONS)
def test_another_number_is_another_function(name, tmp_path):
    import onnxruntime

    left, right = model(tmp_path / "a.onnx", name, 0.26), model(tmp_path / "b.onnx", name, 0.43)
    given = np.ones((2, 3), "float32")
    made = [onnxruntime.InferenceSession(each).run(None, {"x": given})[0] for each in (left, right)]
    assert made[0] != made[1]

    report = parity.compare(left, right)

    assert report.verdict is Verdict.DIFFERENT, report
    assert parity.compare(left, left).verdict is Verdict.EQUIVALENT
    for path, number in zip((left, right), made, strict=True):
        computed = parity.evaluate(path, [given])
        np.testing.assert_allclose(np.asarray(computed["y"]), number, rtol=1e-5)
