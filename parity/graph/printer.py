"""A layer graph as text, a line a layer, for people who look for what went wrong."""

from collections.abc import Iterator, Mapping
from typing import Any

from parity._printable import printable
from parity.graph import LayerGraph, Shape, Unknown, Value, Weight

WIDEST = 60
"""Characters of a setting; longer ones are cut, and say how much is not shown."""


def printed(graph: LayerGraph) -> str:
    """The graph: its inputs, its layers in order with settings, weights and results, its outputs.

    ``%value: type[shape] axes = kind(operands) {settings} weights <- source``, where a size that is free is ``?``.
    """
    head = f"{graph.framework} model, read as a {graph.evidence}, mode {graph.mode}"
    return "\n".join((head, *map(printable, _lines(graph)))) + "\n"


def _lines(graph: LayerGraph) -> Iterator[str]:
    for value in graph.inputs:
        yield f"  input   {_typed(value, graph.values)}"
    for layer in graph.layers:
        if layer.kind == "input":
            continue
        results = ", ".join(_typed(value, graph.values) for value in layer.outputs) or "()"
        operands = ", ".join(f"%{value}" for value in layer.inputs)
        source = f"  <- {layer.source}" if layer.source != layer.path else ""
        yield f"  {results} = {layer.kind}({operands}){_settings(layer.attributes)}  @{layer.path}{source}"
        yield from (f"      {_weight(weight)}" for weight in layer.weights)
        yield from (f"      # {note.text}" for note in layer.notes)
    for value in graph.outputs:
        yield f"  output  {_typed(value, graph.values)}"
    for gap in graph.gaps:
        yield f"  gap     {gap.where or 'the model'}: {gap.reason}"


def _typed(name: str, values: Mapping[str, Value]) -> str:
    found = values.get(name)
    if found is None:
        return f"%{name}"
    axes = "" if found.axes is None else f" ({' '.join(axis or '.' for axis in found.axes)})"
    return f"%{name}: {found.dtype or '?'}{_sizes(found.shape)}{axes}"


def _sizes(shape: Shape | None) -> str:
    return "[?]" if shape is None else f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def _settings(attributes: Mapping[str, Any]) -> str:
    told = (f"{name}={_told(value)}" for name, value in attributes.items() if value is not None)
    text = ", ".join(told)
    return f" {{{text}}}" if text else ""


def _told(value: Any) -> str:
    text = f"unknown: {value.reason}" if isinstance(value, Unknown) else repr(value)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}... ({len(text)} characters)"


def _weight(weight: Weight) -> str:
    axes = f" ({weight.axes})" if weight.axes else ""
    return f"{weight.role or '?'}: {weight.name} {weight.dtype}{_sizes(weight.shape)}{axes} {weight.census}"
