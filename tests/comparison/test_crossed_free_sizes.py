"""A reshape that leaves free what the other one fixes, and the other way round: they agree for one size only."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import parity
from parity.reports import Verdict


def model(shape, target, *, turned):
    nodes = [helper.make_node("Transpose", ["x"], ["t"])] if turned else []
    nodes.append(helper.make_node("Reshape", ["t" if turned else "x", "target"], ["y"]))
    ends = [
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, each)]
        for name, each in zip("xy", (shape, None), strict=True)
    ]
    stored = [numpy_helper.from_array(np.array(target, "int64"), "target")]
    made = helper.make_model(helper.make_graph(nodes, "g", *ends, stored), opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 8
    return made


def returned(made, size):
    import onnxruntime

    given = [
        size if isinstance(each, str) else each
        for each in (d.dim_param or d.dim_value for d in made.graph.input[0].type.tensor_type.shape.dim)
    ]
    x = np.arange(np.prod(given), dtype="float32").reshape(given)
    return onnxruntime.InferenceSession(made.SerializeToString()).run(None, {"x": x})[0]


CASES = [
    (["N", 2, 2], [0, -1, 1, 8], [0, 8, 1, -1], True),
    (["N", 2, 2], [0, -1, 8], [0, 8, -1], True),
    ([2, 2, "N"], [0, -1, 8], [0, 8, -1], False),
    ([2, 2, "N"], [2, -1, 1, 8], [2, 8, 1, -1], False),
    ([2, 2, "N"], [0, -1, 1, 8], [0, 1, -1, 8], False),
]


@pytest.mark.parametrize(("shape", "one", "other", "turned"), CASES)
def test_they_are_two_functions(shape, one, other, turned):
    left, right = (model(shape, target, turned=turned) for target in (one, other))

    assert returned(left, 16).shape != returned(right, 16).shape
    assert parity.compare(left, right).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("shape", "one", "other", "turned"), CASES)
def test_one_of_them_is_itself(shape, one, other, turned):
    for target in (one, other):
        assert parity.compare(*(model(shape, target, turned=turned) for _ in range(2))).verdict is Verdict.EQUIVALENT


def test_a_fixed_size_stands_for_a_free_one_where_one_file_has_no_free_sizes():
    free, fixed = model(["N", 2, 2], [0, -1, 8], turned=True), model([16, 2, 2], [0, 4, 8], turned=True)

    assert parity.compare(free, fixed).verdict is Verdict.EQUIVALENT
