"""ONNX's Slice at and beyond the ends of an axis, of a known size and of a free one, as onnxruntime takes it."""

from itertools import product

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity

FAR = 2**31
STARTS, STOPS, STEPS = (-FAR, -9, -2, -1, 0, 2, FAR), (-FAR, -9, -2, 0, 2, 9, FAR), (1, 2, -1, -2)


def model(size, bounds):
    """A slice of the second axis, whose size is a number or a name."""
    names = ("starts", "ends", "steps")
    stored = [numpy_helper.from_array(np.array([each]), name) for each, name in zip(bounds, names, strict=True)]
    stored.append(numpy_helper.from_array(np.array([1]), "axes"))
    nodes = [helper.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (2, size))]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "g", given, made, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def expected(proto, array):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(proto.SerializeToString(), options).run(None, {"x": array})[0]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("size", [1, 4, "n"])
def test_what_is_taken_is_what_onnxruntime_takes(size, step, tmp_path):
    """A free axis is left open where only its size tells: backwards from before where it may begin."""
    for start, stop in product(STARTS, STOPS):
        proto = model(size, (start, stop, step))
        onnx.save(proto, tmp_path / "m.onnx")
        for length in (1, 2, 5) if size == "n" else (size,):
            array = np.arange(2.0 * length, dtype="float32").reshape(2, length)
            found = parity.evaluate(tmp_path / "m.onnx", {"x": array})
            open_ = size == "n" and step < 0 and -FAR < start < -1
            assert bool(found.gaps) is open_
            if not open_:
                np.testing.assert_array_equal(found.outputs["y"], expected(proto, array), f"{start}:{stop}:{step}")
