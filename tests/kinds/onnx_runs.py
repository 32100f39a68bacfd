"""One ONNX operator, run by onnxruntime."""

import onnx
from onnx import helper, numpy_helper


def session(model):
    """A model that is ready to be run, as it is."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), settings)


def run(op, image, *stored, opset=19, domain="", **attributes):
    """The first output of the operator for an input; None among the stored arrays is an input left out."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    names = ["x", *("" if each is None else f"w{at}" for at, each in enumerate(stored))]
    tensors = [numpy_helper.from_array(each, f"w{at}") for at, each in enumerate(stored) if each is not None]
    node = helper.make_node(op, names, ["y"], domain=domain, **attributes)
    given = helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(image.dtype), image.shape)
    made = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "model", [given], [made], tensors)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": image})[0]
