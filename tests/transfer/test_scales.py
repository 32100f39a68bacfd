"""Kernels of small integers are what their scales and zero points make of them."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import parity
from parity.reports import Verdict

INTEGERS = np.arange(12, dtype=np.int8).reshape(3, 4) - 5
SCALES = np.array([0.1, 0.2, 0.05, 0.4], np.float32)
ZEROS = np.array([0, 2, -3, 1], np.int8)


def product(scale, zero, op="DequantizeLinear"):
    """A product with a stored kernel of integers, by DequantizeLinear or by operators that work on integers."""
    held = {"w": INTEGERS, "s": np.asarray(scale, np.float32)} | (
        {} if zero is None else {"z": np.asarray(zero, np.int8)}
    )
    names = ["w", "s"] + ([] if zero is None else ["z"])
    if op == "DequantizeLinear":
        nodes = [helper.make_node(op, names, ["wd"], axis=1), helper.make_node("MatMul", ["x", "wd"], ["y"])]
    else:
        held |= {"xs": np.float32(0.1), "xz": np.int8(3), "ys": np.float32(0.3), "yz": np.int8(0)}
        nodes = [
            helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]),
            helper.make_node("QLinearMatMul", ["xq", "xs", "xz", "w", "s", "z", "ys", "yz"], ["yq"]),
            helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]),
        ]
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, size]) for name, size in (("x", 3), ("y", 4))
    ]
    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in held.items()]
    graph = helper.make_graph(nodes, "product", ends[:1], ends[1:], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.parametrize("op", ["DequantizeLinear", "QLinearMatMul"])
@pytest.mark.parametrize(
    ("left", "right", "name"),
    [
        ((0.1, 0), (0.2, 0), "s"),
        ((0.1, 0), (0.1, 3), "z"),
        ((SCALES, ZEROS), (SCALES[::-1], ZEROS), "s"),
        ((SCALES, ZEROS), (SCALES, ZEROS[::-1]), "z"),
        ((SCALES, ZEROS), (SCALES * np.float32(1.5), ZEROS), "s"),
    ],
    ids=["scale", "zero point", "scales of units", "zero points of units", "all scales"],
)
def test_the_same_integers_on_another_grid_are_other_weights(op, left, right, name):
    report = parity.compare(product(*left, op), product(*right, op), weights=True)

    assert report.verdict is Verdict.DIFFERENT, report
    assert name in {each.right for each in report.weights if each.state.value == "different"}
    assert parity.compare(product(*left, op), product(*left, op), weights=True).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("turned", [False, True])
def test_a_zero_point_that_is_left_out_is_zero(turned):
    def verdict(zero):
        pair = product(0.1, None), product(0.1, zero)
        return parity.compare(*(pair[::-1] if turned else pair), weights=True).verdict

    assert verdict(0) is not Verdict.DIFFERENT  # that one side stores one more is not decided
    assert verdict(3) is Verdict.DIFFERENT


def test_one_scale_and_one_for_each_unit_are_not_called_the_same():
    report = parity.compare(product(0.1, 0), product(SCALES, ZEROS), weights=True)

    assert report.verdict is not Verdict.EQUIVALENT, report
