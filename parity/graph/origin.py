"""Where a model was made."""

from parity.graph import Framework, LayerGraph


def home(graph: LayerGraph) -> Framework:
    """The framework whose order of axes a model has: that which an ONNX file was exported from."""
    if graph.framework is Framework.ONNX:
        return Framework.KERAS if "tf2onnx" in graph.producer else Framework.TORCH
    return graph.framework
