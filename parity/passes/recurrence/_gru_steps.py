"""Single steps of a GRU, whether its state is reset before a matrix is applied to it, or after."""

from collections.abc import Iterator, Sequence

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import defining_op
from parity.passes.recurrence._step_parts import Linear, Operand, Part, Step, Summed, Taken
from parity.passes.recurrence._step_terms import (
    either_way,
    entered_of,
    gate_order,
    linear_of,
    part,
    product_of,
    returned_of,
    summed_gate,
    terms_of,
)
from parity.passes.recurrence._zeros import is_nothing, is_zero, unless_zeros

FROM_ONE = {"operand": 1.0, "operand_first": True}


def gated_step(graph: LayerGraph, layer: Layer) -> Step | None:
    """``h' = s(z) h + (1 - s(z)) n``, or ``s(z) (h - n) + n``, with ``n = g(W x + s(r) (R h + b))``."""
    for one, other in either_way(layer.inputs):
        for update, before, new in _mixed(graph, one, other):
            gate, made = summed_gate(graph, update), summed_gate(graph, new)
            if gate is None or made is None:
                continue
            found = _reset_after(graph, layer, before, gate, made) or _reset_before(graph, layer, before, gate, made)
            if found is not None:
                return found
    return None


def _mixed(graph: LayerGraph, one: str, other: str) -> Iterator[tuple[str, Operand, str]]:
    """An update gate, the state before, and the new one that it is mixed with."""
    first, second = product_of(graph, one) or (), product_of(graph, other) or ()
    for gate, before in first:
        for rest, new in second:
            left = graph.producers.get(rest) if isinstance(rest, str) else None
            turns = left is not None and left.attributes == {"function": "subtract", **FROM_ONE}
            if turns and left is not None and left.inputs == (gate,) and isinstance(gate, str) and isinstance(new, str):
                yield gate, before, new
    for gate, rest in first:
        left = defining_op(graph, rest, "elementwise", "subtract") if isinstance(rest, str) else None
        if isinstance(gate, str) and left is not None and len(left.inputs) == 2 and left.inputs[1] == other:
            yield gate, left.inputs[0], other


def _reset_after(graph: LayerGraph, layer: Layer, before: Operand, update: Summed, made: Summed) -> Step | None:
    for fed, reset in either_way(made.operands):
        for gate, kept in (product_of(graph, reset) or ()) if isinstance(reset, str) else ():
            again, taken_new = (summed_gate(graph, gate) if isinstance(gate, str) else None), part(graph, fed)
            back_new = part(graph, kept)
            if again is None or taken_new is None or back_new is None or again.function != update.function:
                continue
            sides = [_sides(graph, each, taken_new, back_new) for each in (update, again)]
            if None in sides:
                continue
            (z, z_back), (r, r_back) = (each for each in sides if each is not None)
            order, order_back = (
                gate_order({"z": z, "r": r, "h": taken_new}),
                gate_order({"z": z_back, "r": r_back, "h": back_new}),
            )
            found = terms_of(graph, taken_new.source, back_new.source)
            if order is None or order != order_back or found is None:
                continue
            if not (isinstance(before, str) or is_zero(before)):
                continue
            taken, lines, back = found
            hidden = unless_zeros(graph, before)
            if hidden != back.value:
                continue
            names = {"activation": made.function, "recurrent_activation": update.function}
            settings = {**names, "gate_order": order, "reset_after": True}
            return Step("gru", layer.outputs[0], hidden, taken, lines, back, settings)
    return None


def _reset_before(graph: LayerGraph, layer: Layer, before: Operand, update: Summed, made: Summed) -> Step | None:
    """``n = g(W x + R (s(r) h) + b)``."""
    for fed, reset in either_way(made.operands):
        new, inner = part(graph, fed), (linear_of(graph, reset) if isinstance(reset, str) else None)
        gated = graph.producers.get(reset) if inner is not None and inner.bias is None else None
        product = product_of(graph, gated.inputs[0]) if gated is not None and gated.kind == "dense" else None
        for gate, kept in product or ():
            again = summed_gate(graph, gate) if isinstance(gate, str) else None
            if new is None or inner is None or again is None or again.function != update.function:
                continue
            hidden = unless_zeros(graph, before)
            if not (kept == before or (hidden is None and is_nothing(graph, kept) and is_nothing(graph, before))):
                continue
            sides = [_gate_sides(graph, each, new) for each in (update, again)]
            found = _gates_and_new(graph, new, sides, hidden)
            if found is not None:
                order, (taken, lines, back) = found
                names = {"activation": made.function, "recurrent_activation": update.function}
                settings = {**names, "gate_order": order, "reset_after": False}
                return Step("gru", layer.outputs[0], hidden, taken, lines, back, settings, inner=inner.kernel)
    return None


Sides = tuple[Part, Operand]


def _gate_sides(graph: LayerGraph, gate: Summed, new: Part) -> Sides | None:
    """What a gate takes of the step, and what it adds to that."""
    for one, other in either_way(gate.operands):
        first = part(graph, one)
        if first is not None and first.source == new.source:
            return first, other
    return None


def _gates_and_new(
    graph: LayerGraph, new: Part, sides: Sequence[Sides | None], hidden: str | None
) -> tuple[str, tuple[Taken, Linear, Linear]] | None:
    """The order of the gates, and what they take, where the new state's part comes last."""
    told = [each for each in sides if each is not None]
    if len(told) < 2 or not isinstance(new.source, str):
        return None
    (update, update_back), (reset, reset_back) = told
    order, entered = gate_order({"z": update, "r": reset, "h": new}), entered_of(graph, new.source)
    if order is None or not order.endswith("h") or entered is None:
        return None
    if hidden is None and all(is_nothing(graph, each) for each in (update_back, reset_back)):
        return order, (*entered, Linear(None))
    parts = part(graph, update_back), part(graph, reset_back)
    if parts[0] is None or parts[1] is None:
        return None
    back = returned_of(graph, parts[0].source)
    same = gate_order({"z": parts[0], "r": parts[1]}) == order.removesuffix(" h")
    fits = same and back is not None and back.bias is None and back.start is None and back.value == hidden
    return (order, (*entered, back)) if fits and back is not None else None


def _sides(graph: LayerGraph, gate: Summed, fed: Part, back: Part) -> tuple[Part, Part] | None:
    """What a gate takes of the step and of the state."""
    for one, other in either_way(gate.operands):
        first, second = part(graph, one), part(graph, other)
        if first is not None and second is not None and (first.source, second.source) == (fed.source, back.source):
            return first, second
    return None
