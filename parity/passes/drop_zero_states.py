"""An initial state of zeros is what a recurrent layer starts from anyway."""

from dataclasses import replace

from parity.graph import LayerGraph
from parity.kinds import RECURRENT
from parity.passes._rewrite import rewrite

SHAPING = {"reshape", "permute", "expand", "concat"}


def drop_zero_states(graph: LayerGraph) -> LayerGraph:
    """Drop the state inputs of a recurrent layer where every one of them is filled with zeros."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind not in RECURRENT or len(layer.inputs) < 2:  # noqa: PLR2004
            continue
        if all(_is_zero(graph, value) for value in layer.inputs[1:]):
            replaced[layer.path] = replace(layer, inputs=layer.inputs[:1])
    return rewrite(graph, replaced=replaced)


def _is_zero(graph: LayerGraph, value: str) -> bool:
    """Whether a value is filled with zeros, whatever shapes it is brought to and joined in."""
    waiting = [value]
    while waiting:
        maker = graph.producers.get(waiting.pop())
        if maker is not None and maker.kind in SHAPING and maker.inputs and not maker.weights:
            waiting += maker.inputs
        elif maker is None or maker.kind != "fill" or maker.attributes["value"] != 0:
            return False
    return True
