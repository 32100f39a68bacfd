"""What a framework gives a layer that is made without any setting that can be left out."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Evidence, Framework, Layer, LayerGraph, SourceNode
from parity.kinds._contract import MALFORMED, Call
from parity.kinds._registry import spelling

DIALECTS = {Framework.KERAS: "keras", Framework.TORCH: "torch.nn", Framework.ONNX: "onnx"}
"""The vocabulary in which each framework's users make layers."""


def defaults(graph: LayerGraph, layer: Layer) -> Mapping[str, Any]:
    """The attributes of a layer of the same class, at the same place, that is made without settings.

    Empty where that is not known: the class is none that parity knows, or it cannot be made without settings.
    """
    dialect = DIALECTS[graph.framework]
    spell = spelling(dialect, layer.op)
    if spell is None:
        return {}
    inputs = {str(at): value for at, value in enumerate(layer.inputs[:1])}
    node = SourceNode(layer.path, layer.source, dialect, layer.op, inputs, outputs=layer.outputs[:1])
    try:
        drafts = spell(Call(node, Evidence.GRAPH, graph.values, {}).with_every_weight())
    except MALFORMED:  # a setting that must be given is missing
        return {}
    return next((draft.attributes for draft in drafts if draft.kind == layer.kind), {})
