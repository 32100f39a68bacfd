"""Rows of a table looked up by ids of 32 and of 64 bits."""

from tests.rules.models import onnx_model


def net(number):
    import numpy as np
    from onnx import helper

    table = np.arange(12, dtype="float32").reshape(4, 3)
    nodes = [helper.make_node("Gather", ["table", "ids"], ["y"])]
    model = onnx_model(nodes, [("ids", [1, 5])], [("y", [1, 5, 3])], table=table)
    model.graph.input[0].type.tensor_type.elem_type = number
    return model


def bad():
    from onnx import TensorProto

    return net(TensorProto.INT32), net(TensorProto.INT64)


def good():
    from onnx import TensorProto

    return net(TensorProto.INT64), net(TensorProto.INT64)
