"""An initial state of zeros is what a recurrent layer starts from anyway."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import RECURRENT
from parity.passes._rewrite import rewrite


def drop_zero_states(graph: LayerGraph) -> LayerGraph:
    """Drop the state inputs of a recurrent layer where every one of them is filled with zeros."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind not in RECURRENT or len(layer.inputs) < 2:  # noqa: PLR2004
            continue
        makers = [_maker(graph, value) for value in layer.inputs[1:]]
        if all(maker is not None and maker.kind == "fill" and maker.attributes["value"] == 0 for maker in makers):
            replaced[layer.path] = replace(layer, inputs=layer.inputs[:1])
    return rewrite(graph, replaced=replaced)


def _maker(graph: LayerGraph, value: str) -> Layer | None:
    """The layer that makes a value, whatever shape it is brought to after that."""
    maker = graph.producers.get(value)
    while maker is not None and maker.kind in {"reshape", "permute", "expand"} and len(maker.inputs) == 1:
        maker = graph.producers.get(maker.inputs[0])
    return maker
