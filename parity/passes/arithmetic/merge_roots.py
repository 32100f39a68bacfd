"""One over a square root is a function of its own in PyTorch and TensorFlow, and two operators in ONNX."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import made_by, stands_for
from parity.passes._rewrite import only_consumer, rewrite


def merge_roots(graph: LayerGraph) -> LayerGraph:
    """Write the reciprocal of a square root that nothing else uses as ``rsqrt``."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        told = layer.kind == "elementwise" and layer.attributes.get("function") == "reciprocal"
        root = made_by(graph, layer.inputs[0], "elementwise", "sqrt") if told and len(layer.inputs) == 1 else None
        if root is None or not root.inputs or only_consumer(graph, root.outputs[0]) is None:
            continue
        made = replace(layer, attributes={**layer.attributes, "function": "rsqrt"}, inputs=root.inputs)
        replaced[layer.path] = stands_for(made, (root,), "2 operators that are rsqrt")
        dropped.add(root.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)
