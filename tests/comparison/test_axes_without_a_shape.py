"""Where the shape of what a layer takes is not known, no axis of it can be told, and none differs."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity


def net(first, domain, last):
    """An operator, which may be nobody's, and one that works along the last axis after it."""
    row = numpy_helper.from_array(np.arange(4, dtype="float32"), "row")
    nodes = [helper.make_node(first, ["x"], ["a"], domain=domain), helper.make_node(last, ["a", "row"], ["y"])]
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (2, 3, 4))]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("somebody", 1)]
    graph = helper.make_graph(nodes, "net", ends, outputs, [row])
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


@pytest.mark.parametrize("last", ["Add", "Mul", "Sub", "Div", "PRelu"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_axis_is_open_behind_an_operator_that_is_not_known(last, turned):
    sides = [net("Cos", "", last), net("Own", "somebody", last)]
    report = parity.compare(*(sides[::-1] if turned else sides))
    errors = [finding for finding, severity in report.findings if severity is parity.Severity.ERROR]
    assert not [each for each in errors if each.facet == "attributes"]
    assert report.verdict is parity.Verdict.INCONCLUSIVE
