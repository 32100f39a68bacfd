"""Single steps of recurrent layers, as exporters write them down that go through the steps one by one.

What is recognised is arithmetic, whoever wrote it: Keras' cells on PyTorch, PyTorch's own decompositions.
"""

from parity.graph import Layer, LayerGraph
from parity.passes.recurrence._gru_steps import gated_step
from parity.passes.recurrence._step_parts import Gate, Product, Step
from parity.passes.recurrence._step_terms import (
    activation_of,
    either_way,
    function_of,
    gate_of,
    gate_order,
    product_of,
    sum_of,
)
from parity.passes.recurrence._zeros import is_zero, unless_zeros


def step(graph: LayerGraph, layer: Layer) -> Step | None:
    """The step whose state a layer gives out, if it is the last of what makes up one."""
    if len(layer.outputs) != 1 or layer.weights or not layer.inputs:
        return None
    if layer.kind == "activation":
        return _plain(graph, layer)
    if layer.kind != "elementwise" or len(layer.inputs) != 2:
        return None
    match layer.attributes.get("function"):
        case "multiply":
            return _long_short(graph, layer)
        case "add":
            return gated_step(graph, layer)
    return None


def _plain(graph: LayerGraph, layer: Layer) -> Step | None:
    """``h' = f(W x + R h + b)``."""
    function = function_of(layer)
    found = sum_of(graph, layer.inputs[0])
    if function is None or found is None:
        return None
    taken, fed, back = found
    return Step("simple_rnn", layer.outputs[0], back.value, taken, fed, back, {"activation": function})


def _long_short(graph: LayerGraph, layer: Layer) -> Step | None:
    """``c' = s(f) c + s(i) g(z)``, ``h' = s(o) g(c')``, where i, f, z and o are quarters of ``W x + R h + b``."""
    for gate, other in either_way(layer.inputs):
        out, turned = gate_of(graph, gate), activation_of(graph, other)
        state = graph.producers.get(turned.inputs[0]) if turned is not None else None
        if out is None or turned is None or state is None or state.attributes.get("function") != "add":
            continue
        for kept, new in either_way(state.inputs):
            forgotten, entered = product_of(graph, kept), product_of(graph, new)
            if forgotten is None or entered is None:
                continue
            found = _memory(graph, layer, state, (out, turned), forgotten, entered)
            if found is not None:
                return found
    return None


def _memory(
    graph: LayerGraph, layer: Layer, state: Layer, end: tuple[Gate, Layer], forgotten: Product, entered: Product
) -> Step | None:
    out, turned = end
    for gate, before in forgotten:
        forget = gate_of(graph, gate)
        for one, other in entered:
            enter, new = gate_of(graph, one), gate_of(graph, other)
            if forget is None or enter is None or new is None or new[0] != function_of(turned):
                continue
            parts = {"i": enter[1], "f": forget[1], "c": new[1], "o": out[1]}
            order = gate_order(parts)
            if order is None or {enter[0], forget[0], out[0]} != {out[0]} or not isinstance(out[1].source, str):
                continue
            found = sum_of(graph, out[1].source)
            if found is None or not (isinstance(before, str) or is_zero(before)):
                continue
            taken, fed, back = found
            settings = {"activation": new[0], "recurrent_activation": out[0], "gate_order": order}
            cell = unless_zeros(graph, before)
            ends = layer.outputs[0], back.value, taken, fed, back, settings
            return Step("lstm", *ends, cell=state.outputs[0], cell_before=cell)
    return None
