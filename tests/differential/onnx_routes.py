"""ONNX against ONNX."""

from differential.onnx_family import ONNX
from differential.onnx_source import build, run
from differential.programs import Program
from differential.routes import Built, Route


def graph(program: Program) -> Built:
    """A model in memory."""
    model = build(program)
    return Built(model, lambda feeds: run(model, feeds))


SCRIPT = """

def run(model, feeds):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run(None, dict(zip([each.name for each in session.get_inputs()], feeds)))


given = {}
"""

ROUTES = (Route("onnx-onnx", ONNX, (graph, graph), SCRIPT),)
