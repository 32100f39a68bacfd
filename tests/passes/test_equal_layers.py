"""Layers that do the same with the same tensor are one, by whichever of its names each takes it."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from parity.graphs import graph_of

KERNEL = np.arange(16, dtype="float32").reshape(4, 4)


def of(nodes, tmp_path):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 4]) for name in "xy"]
    path = tmp_path / "model.onnx"
    save(
        helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], [numpy_helper.from_array(KERNEL, "w")])),
        path,
    )
    return graph_of(path)


@pytest.mark.parametrize(
    ("given", "layers"),
    [
        (helper.make_node("Identity", ["w"], ["v"]), 1),
        (helper.make_node("Transpose", ["w"], ["v"], perm=[1, 0]), 2),
        (helper.make_node("Relu", ["w"], ["v"]), 2),
    ],
)
def test_another_name_is_no_other_tensor(given, layers, tmp_path):
    first, second = (helper.make_node("MatMul", ["x", name], [made]) for name, made in (("w", "a"), ("v", "b")))

    graph = of([given, first, second, helper.make_node("Sub", ["a", "b"], ["y"])], tmp_path)

    dense = [layer for layer in graph.layers if layer.kind in {"dense", "matmul"}]
    assert len(dense) == layers
