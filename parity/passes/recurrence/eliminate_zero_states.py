"""An initial state of zeros is what a recurrent layer starts from anyway."""

from dataclasses import replace

from parity.graph import LayerGraph
from parity.kinds import RECURRENT
from parity.passes._rewrite import rewrite
from parity.passes.recurrence._zeros import zeros

PLACE = "state"
"""The attribute that tells which of the rows of a state are the layer's."""


def eliminate_zero_states(graph: LayerGraph) -> LayerGraph:
    """Drop the state inputs of a recurrent layer where every one of them is filled with zeros."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind not in RECURRENT or len(layer.inputs) < 2:
            continue
        if all(zeros(graph, value) for value in layer.inputs[1:]):
            told = {name: value for name, value in layer.attributes.items() if name != PLACE}
            replaced[layer.path] = replace(layer, inputs=layer.inputs[:1], attributes=told)
    return rewrite(graph, replaced=replaced)
