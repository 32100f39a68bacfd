"""Arithmetic that wraps negative indices goes before a table that does so itself.

Keras computes ``i * (i >= 0) + (i + rows) * (i < 0)``, or on PyTorch ``where(i < 0, i + rows, i)``; a lookup in a table
counts negative indices from the end anyway, or has no meaning for them.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, rewrite


def eliminate_negative_index_wrapping(graph: LayerGraph) -> LayerGraph:
    """Give each embedding the indices as they come in."""
    replaced = {}
    for layer in graph.layers:
        total = graph.producers.get(layer.inputs[0]) if layer.kind == "embedding" and layer.inputs else None
        source = _wrapped(graph, total, layer.attributes.get("vocab")) if total is not None else None
        if source is not None and total is not None:
            notes = merge_notes(layer, total, f"{total.source} wraps negative indices")
            replaced[layer.path] = replace(layer, inputs=(source,), sources=joined(layer, total), notes=notes)
    return rewrite(graph, replaced=replaced)


def _wrapped(graph: LayerGraph, total: Layer, rows: object) -> str | None:
    """The value ``i`` where another is ``i``, or ``i + rows`` if that is negative."""
    if total.kind == "where" and len(total.inputs) == 3 and not total.weights:
        return _chosen_by_sign(graph, total.inputs, rows)
    terms = [graph.producers.get(value) for value in total.inputs] if _computes(total, "add", 2) else []
    for first, second in (terms, terms[::-1]) if len(terms) == 2 else ():
        kept, moved = (_chosen(graph, term) for term in (first, second))
        if kept is None or moved is None or kept[1] or not moved[1]:
            continue
        shift = graph.producers.get(moved[0])
        if shift is None or not _computes(shift, "add", 1) or shift.attributes.get("operand") != rows:
            continue
        if shift.inputs[0] == kept[0] == kept[2] == moved[2]:
            return kept[0]
    return None


def _chosen_by_sign(graph: LayerGraph, inputs: tuple[str, ...], rows: object) -> str | None:
    negative, shifted, value = graph.producers.get(inputs[0]), graph.producers.get(inputs[1]), inputs[2]
    if negative is None or shifted is None or negative.inputs[:1] != (value,) or shifted.inputs[:1] != (value,):
        return None
    below = _computes(negative, "less", 1) and negative.attributes.get("operand") == 0
    return value if below and _computes(shifted, "add", 1) and shifted.attributes.get("operand") == rows else None


def _computes(layer: Layer, function: str, inputs: int) -> bool:
    plain = layer.kind == "elementwise" and not layer.weights and len(layer.inputs) == inputs
    return plain and layer.attributes.get("function") == function


def _chosen(graph: LayerGraph, term: Layer | None) -> tuple[str, bool, str] | None:
    """Of a product with a truth value: the other factor, whether it is of negatives, and of which value's negatives."""
    if term is None or not _computes(term, "multiply", 2):
        return None
    for at, value in enumerate(term.inputs):
        sign = _sign(graph, value)
        if sign is not None:
            return term.inputs[1 - at], *sign
    return None


def _sign(graph: LayerGraph, value: str) -> tuple[bool, str] | None:
    """Whether a truth value, as a number, tells that another value is negative, or that it is not."""
    negative, started = True, value
    while (layer := graph.producers.get(value)) is not None and layer.inputs:
        if layer.kind == "cast" or _computes(layer, "logical_not", 1):
            negative ^= layer.kind != "cast"
            value = layer.inputs[0]
        elif _computes(layer, "less", 1) and layer.attributes.get("operand") == 0 and value != started:
            maker = graph.producers.get(layer.inputs[0])
            cast = maker is not None and maker.kind == "cast" and len(maker.inputs) == 1
            return negative, maker.inputs[0] if maker is not None and cast else layer.inputs[0]
        else:
            return None
    return None
