"""Single steps of recurrent layers, as exporters write them down that go through the steps one by one.

What is recognised is arithmetic, whoever wrote it: Keras' cells on PyTorch, PyTorch's own decompositions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.passes._patterns import made_by

PAIR = 2

TIME_FIRST = (1, 0, 2)


@dataclass(frozen=True, slots=True)
class Linear:
    """What a matrix, and a bias perhaps, make of a value.

    Attributes:
        value: what goes in; None where that is zeros.
        kernel: the matrix; None where nothing is left of it, since zeros went in.
        start: a stored tensor that stands for all of it, where an exporter has computed it.
    """

    value: str | None
    kernel: Weight | None = None
    bias: Weight | None = None
    start: Weight | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of a sequence whose first axis is time."""

    sequence: str
    at: int
    steps: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a recurrent layer.

    Attributes:
        family: the kind of the layer.
        hidden, before: the state that it gives out, and the one before; None where that is zeros.
        cell, cell_before: the same of the second state, where there is one.
        taken: which step of which sequence goes in.
        fed: what is made of it.
        back: what is made of the state before.
        settings: those of its kind.
        inner: what the state is multiplied by once it is gated, where that is stored apart.
    """

    family: str
    hidden: str
    before: str | None
    taken: Taken
    fed: Linear
    back: Linear
    settings: Mapping[str, Any]
    cell: str | None = None
    cell_before: str | None = None
    inner: Weight | None = None


def step(graph: LayerGraph, layer: Layer) -> Step | None:
    """The step whose state a layer gives out, if it is the last of what makes up one."""
    if len(layer.outputs) != 1 or layer.weights or not layer.inputs:
        return None
    if layer.kind == "activation":
        return _plain(graph, layer)
    if layer.kind != "elementwise" or len(layer.inputs) != PAIR:
        return None
    match layer.attributes.get("function"):
        case "multiply":
            return _long_short(graph, layer)
        case "add":
            return _gated(graph, layer)
    return None


def _plain(graph: LayerGraph, layer: Layer) -> Step | None:
    """``h' = f(W x + R h + b)``."""
    function = _function(layer)
    found = _sum(graph, layer.inputs[0])
    if function is None or found is None:
        return None
    taken, fed, back = found
    return Step("simple_rnn", layer.outputs[0], back.value, taken, fed, back, {"activation": function})


def _long_short(graph: LayerGraph, layer: Layer) -> Step | None:
    """``c' = s(f) c + s(i) g(z)``, ``h' = s(o) g(c')``, where i, f, z and o are quarters of ``W x + R h + b``."""
    for gate, other in _both(layer.inputs):
        out, turned = _gate(graph, gate), _activated(graph, other)
        state = graph.producers.get(turned.inputs[0]) if turned is not None else None
        if out is None or turned is None or state is None or state.attributes.get("function") != "add":
            continue
        for kept, new in _both(state.inputs):
            forgotten, entered = _product(graph, kept), _product(graph, new)
            if forgotten is None or entered is None:
                continue
            found = _memory(graph, layer, state, (out, turned), forgotten, entered)
            if found is not None:
                return found
    return None


Product = tuple[tuple[str | Weight | float, str | Weight | float], ...]
Gate = tuple[str, "Part"]


def _memory(
    graph: LayerGraph, layer: Layer, state: Layer, end: tuple[Gate, Layer], forgotten: Product, entered: Product
) -> Step | None:
    out, turned = end
    for gate, before in forgotten:
        forget = _gate(graph, gate)
        for one, other in entered:
            enter, new = _gate(graph, one), _gate(graph, other)
            if forget is None or enter is None or new is None or new[0] != _function(turned):
                continue
            parts = {"i": enter[1], "f": forget[1], "c": new[1], "o": out[1]}
            order = _order(parts)
            if order is None or {enter[0], forget[0], out[0]} != {out[0]} or not isinstance(out[1].source, str):
                continue
            found = _sum(graph, out[1].source)
            if found is None or not (isinstance(before, str) or _is_zero(before)):
                continue
            taken, fed, back = found
            settings = {"activation": new[0], "recurrent_activation": out[0], "gate_order": order}
            cell = before if isinstance(before, str) and not zeros(graph, before) else None
            ends = layer.outputs[0], back.value, taken, fed, back, settings
            return Step("lstm", *ends, cell=state.outputs[0], cell_before=cell)
    return None


def _gated(graph: LayerGraph, layer: Layer) -> Step | None:
    """``h' = s(z) h + (1 - s(z)) n``, or ``s(z) (h - n) + n``, with ``n = g(W x + s(r) (R h + b))``."""
    for one, other in _both(layer.inputs):
        for update, before, new in _mixed(graph, one, other):
            gate, made = _summed_gate(graph, update), _summed_gate(graph, new)
            if gate is None or made is None:
                continue
            found = _reset_after(graph, layer, before, gate, made) or _reset_before(graph, layer, before, gate, made)
            if found is not None:
                return found
    return None


Operand = str | Weight | float


def _mixed(graph: LayerGraph, one: str, other: str) -> Iterator[tuple[str, Operand, str]]:
    """An update gate, the state before, and the new one that it is mixed with."""
    first, second = _product(graph, one) or (), _product(graph, other) or ()
    for gate, before in first:
        for rest, new in second:
            left = graph.producers.get(rest) if isinstance(rest, str) else None
            turns = left is not None and left.attributes == {"function": "subtract", **FROM_ONE}
            if turns and left is not None and left.inputs == (gate,) and isinstance(gate, str) and isinstance(new, str):
                yield gate, before, new
    for gate, rest in first:
        left = made_by(graph, rest, "elementwise", "subtract") if isinstance(rest, str) else None
        if isinstance(gate, str) and left is not None and len(left.inputs) == PAIR and left.inputs[1] == other:
            yield gate, left.inputs[0], other


FROM_ONE = {"operand": 1.0, "operand_first": True}


def _reset_after(graph: LayerGraph, layer: Layer, before: Operand, update: "Summed", made: "Summed") -> Step | None:
    for fed, reset in _both(made.operands):
        for gate, kept in (_product(graph, reset) or ()) if isinstance(reset, str) else ():
            again, taken_new = (_summed_gate(graph, gate) if isinstance(gate, str) else None), part(graph, fed)
            back_new = part(graph, kept)
            if again is None or taken_new is None or back_new is None or again.function != update.function:
                continue
            sides = [_sides(graph, each, taken_new, back_new) for each in (update, again)]
            if None in sides:
                continue
            (z, z_back), (r, r_back) = (each for each in sides if each is not None)
            order, order_back = (
                _order({"z": z, "r": r, "h": taken_new}),
                _order({"z": z_back, "r": r_back, "h": back_new}),
            )
            found = _apart(graph, taken_new.source, back_new.source)
            if order is None or order != order_back or found is None:
                continue
            if not (isinstance(before, str) or _is_zero(before)):
                continue
            taken, lines, back = found
            hidden = before if isinstance(before, str) and not zeros(graph, before) else None
            if hidden != back.value:
                continue
            names = {"activation": made.function, "recurrent_activation": update.function}
            settings = {**names, "gate_order": order, "reset_after": True}
            return Step("gru", layer.outputs[0], hidden, taken, lines, back, settings)
    return None


def _reset_before(graph: LayerGraph, layer: Layer, before: Operand, update: "Summed", made: "Summed") -> Step | None:
    """``n = g(W x + R (s(r) h) + b)``."""
    for fed, reset in _both(made.operands):
        new, inner = part(graph, fed), (_linear(graph, reset) if isinstance(reset, str) else None)
        gated = graph.producers.get(reset) if inner is not None and inner.bias is None else None
        product = _product(graph, gated.inputs[0]) if gated is not None and gated.kind == "dense" else None
        for gate, kept in product or ():
            again = _summed_gate(graph, gate) if isinstance(gate, str) else None
            if new is None or inner is None or again is None or again.function != update.function:
                continue
            hidden = before if isinstance(before, str) and not zeros(graph, before) else None
            if not (kept == before or (hidden is None and _is_nothing(graph, kept) and _is_nothing(graph, before))):
                continue
            sides = [_gate_sides(graph, each, new) for each in (update, again)]
            found = _gates_and_new(graph, new, sides, hidden)
            if found is not None:
                order, (taken, lines, back) = found
                names = {"activation": made.function, "recurrent_activation": update.function}
                settings = {**names, "gate_order": order, "reset_after": False}
                return Step("gru", layer.outputs[0], hidden, taken, lines, back, settings, inner=inner.kernel)
    return None


def _is_nothing(graph: LayerGraph, operand: Operand) -> bool:
    return zeros(graph, operand) if isinstance(operand, str) else _is_zero(operand)


Sides = tuple["Part", "Operand"]


def _gate_sides(graph: LayerGraph, gate: "Summed", new: "Part") -> Sides | None:
    """What a gate takes of the step, and what it adds to that."""
    for one, other in _both(gate.operands):
        first = part(graph, one)
        if first is not None and first.source == new.source:
            return first, other
    return None


def _gates_and_new(
    graph: LayerGraph, new: "Part", sides: Sequence[Sides | None], hidden: str | None
) -> tuple[str, tuple[Taken, Linear, Linear]] | None:
    """The order of the gates, and what they take, where the new state's part comes last."""
    told = [each for each in sides if each is not None]
    if len(told) < PAIR or not isinstance(new.source, str):
        return None
    (update, update_back), (reset, reset_back) = told
    order, entered = _order({"z": update, "r": reset, "h": new}), _entered(graph, new.source)
    if order is None or not order.endswith("h") or entered is None:
        return None
    if hidden is None and all(_is_nothing(graph, each) for each in (update_back, reset_back)):
        return order, (*entered, Linear(None))
    parts = part(graph, update_back), part(graph, reset_back)
    if parts[0] is None or parts[1] is None:
        return None
    back = _back(graph, parts[0].source)
    same = _order({"z": parts[0], "r": parts[1]}) == order.removesuffix(" h")
    fits = same and back is not None and back.bias is None and back.start is None and back.value == hidden
    return (order, (*entered, back)) if fits and back is not None else None


def _sides(graph: LayerGraph, gate: "Summed", fed: "Part", back: "Part") -> "tuple[Part, Part] | None":
    """What a gate takes of the step and of the state."""
    for one, other in _both(gate.operands):
        first, second = part(graph, one), part(graph, other)
        if first is not None and second is not None and (first.source, second.source) == (fed.source, back.source):
            return first, second
    return None


@dataclass(frozen=True, slots=True)
class Summed:
    """A function of a sum of two."""

    function: str
    operands: tuple[Operand, Operand]


def _summed_gate(graph: LayerGraph, value: str) -> Summed | None:
    layer = _activated(graph, value)
    function = _function(layer) if layer is not None else None
    operands = _operands(graph, layer.inputs[0], "add") if layer is not None else None
    return Summed(function, operands) if function is not None and operands is not None else None


def _activated(graph: LayerGraph, value: str) -> Layer | None:
    """The activation that makes a value of another."""
    layer = made_by(graph, value, "activation")
    return layer if layer is not None and len(layer.inputs) == 1 else None


def _function(layer: Layer) -> str | None:
    """The function of an activation that has no parameters."""
    function = layer.attributes.get("function")
    return function if set(layer.attributes) == {"function"} and isinstance(function, str) else None


def _gate(graph: LayerGraph, value: Operand) -> Gate | None:
    """A function of a part of a value."""
    layer = _activated(graph, value) if isinstance(value, str) else None
    function = _function(layer) if layer is not None else None
    found = part(graph, layer.inputs[0]) if layer is not None else None
    return (function, found) if function is not None and found is not None else None


def _both(pair: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Two operands of what does not ask for their order."""
    if len(pair) == PAIR:
        yield pair[0], pair[1]
        yield pair[1], pair[0]


def _product(graph: LayerGraph, value: Operand) -> Product | None:
    found = _operands(graph, value, "multiply") if isinstance(value, str) else None
    return tuple(_both(found)) if found is not None else None


def _operands(graph: LayerGraph, value: str, function: str) -> tuple[Operand, Operand] | None:
    """The two operands of a function, one of which may be stored or a number."""
    layer = graph.producers.get(value)
    if layer is None or layer.kind != "elementwise" or layer.attributes.get("function") != function:
        return None
    if len(layer.inputs) == PAIR and not layer.weights:
        return layer.inputs[0], layer.inputs[1]
    if len(layer.inputs) == 1 and len(layer.weights) == 1 and "operand" not in layer.attributes:
        return layer.inputs[0], layer.weights[0]
    if len(layer.inputs) != 1 or layer.weights or layer.attributes.get("operand_first"):
        return None
    operand = layer.attributes.get("operand")
    held = operand if isinstance(operand, float) else 0.0 if _all_zero(operand) else None
    return (layer.inputs[0], held) if held is not None else None


@dataclass(frozen=True, slots=True)
class Part:
    """A range along the last axis of a value or of a stored tensor."""

    source: str | Weight
    start: int
    stop: int


def part(graph: LayerGraph, value: Operand) -> Part | None:
    """The range of the last axis that a value is of another."""
    layer = graph.producers.get(value) if isinstance(value, str) else None
    if layer is None or layer.kind != "slice" or len(layer.inputs) + len(layer.weights) != 1:
        return None
    source: str | Weight = layer.inputs[0] if layer.inputs else layer.weights[0]
    shape = graph.shape(source) if isinstance(source, str) else source.shape
    axes, bounds = layer.attributes["axes"], layer.attributes["bounds"]
    width = shape[-1] if shape else None
    if shape is None or len(axes) != 1 or axes[0] % len(shape) != len(shape) - 1 or not isinstance(width, int):
        return None
    start, stop, stride = bounds[0]
    stop = width if stop is None else stop
    return Part(source, start or 0, stop) if stride == 1 and 0 <= (start or 0) < stop <= width else None


def _order(parts: Mapping[str, Part]) -> str | None:
    """The order of gates that are equal parts of one value; None where they are not."""
    found = sorted(parts, key=lambda name: parts[name].start)
    width = parts[found[0]].stop
    fits = all(
        (parts[name].start, parts[name].stop) == (at * width, at * width + width) for at, name in enumerate(found)
    )
    one = all(each.source == parts[found[0]].source for each in parts.values())
    return " ".join(found) if fits and one else None


def _sum(graph: LayerGraph, value: str) -> tuple[Taken, Linear, Linear] | None:
    """What a matrix makes of a step, and another of the state before, added."""
    for one, other in _both(_operands(graph, value, "add") or ()):
        found = _apart(graph, one, other)
        if found is not None:
            return found
    return None


def _apart(graph: LayerGraph, fed: Operand, state: Operand) -> tuple[Taken, Linear, Linear] | None:
    entered, back = (_entered(graph, fed) if isinstance(fed, str) else None), _back(graph, state)
    return (*entered, back) if entered is not None and back is not None else None


def _entered(graph: LayerGraph, value: str) -> tuple[Taken, Linear] | None:
    """A step of what a matrix makes of a sequence, or what it makes of a step."""
    taken = taken_of(graph, value)
    found = _linear(graph, taken.sequence if taken is not None else value)
    if found is None or found.value is None:
        return None
    if taken is not None:
        return Taken(found.value, taken.at, taken.steps), found
    taken = taken_of(graph, found.value)
    return (taken, found) if taken is not None else None


def _back(graph: LayerGraph, value: Operand) -> Linear | None:
    """What a matrix makes of a state; of zeros, which give nothing but the bias, an exporter may have stored that."""
    if isinstance(value, float):
        return Linear(None) if value == 0 else None
    if isinstance(value, Weight):
        return Linear(None, start=value)
    if zeros(graph, value):
        return Linear(None)
    return _linear(graph, value)


def _linear(graph: LayerGraph, value: str) -> Linear | None:
    layer, bias = graph.producers.get(value), None
    if layer is not None and layer.kind == "elementwise":
        operands = _operands(graph, value, "add")
        if operands is None or not isinstance(operands[1], Weight) or not isinstance(operands[0], str):
            return None
        bias, layer = operands[1], graph.producers.get(operands[0])
    if layer is None or (bias is not None and len(bias.shape) != 1):
        return None
    if _of_zeros(layer):
        return Linear(None, bias=bias)
    kernel, own = layer.weight("kernel"), layer.weight("bias")
    plain = layer.kind == "dense" and set(layer.attributes) <= {"units", "in_features"} and len(layer.inputs) == 1
    if not plain or kernel is None or (bias is not None and own is not None):
        return None
    given = layer.inputs[0]
    return Linear(None if zeros(graph, given) else given, kernel, bias or own)


def _of_zeros(layer: Layer) -> bool:
    """Whether a product is one of zeros that are stored, or the operator's own."""
    if layer.kind != "dense" or layer.inputs:
        return False
    stored = layer.weight("operand")
    return holds_zeros(stored) if stored is not None else _all_zero(layer.attributes["operands"][0])


def _all_zero(numbers: Any) -> bool:
    """Whether numbers, row by row, are all zero."""
    waiting = [numbers]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting += each
        elif each != 0:
            return False
    return True


SHAPING = {"reshape", "permute", "expand", "concat", "identity"}


def zeros(graph: LayerGraph, value: str) -> bool:
    """Whether a value is filled with zeros, whatever shapes it is brought to and joined in."""
    waiting = [value]
    while waiting:
        maker = graph.producers.get(waiting.pop())
        if maker is not None and maker.kind in SHAPING and maker.inputs and not maker.weights:
            waiting += maker.inputs
        elif maker is not None and _nullifies(maker):
            continue
        elif maker is None or maker.kind != "fill" or maker.attributes["value"] != 0:
            return False
    return True


def _nullifies(layer: Layer) -> bool:
    """Whether a layer multiplies by zeros of its own."""
    if layer.attributes.get("function") != "multiply" or len(layer.inputs) != 1:
        return False
    if layer.weights:
        return len(layer.weights) == 1 and holds_zeros(layer.weights[0])
    return "operand" in layer.attributes and _all_zero(layer.attributes["operand"])


def _is_zero(operand: Operand) -> bool:
    """Whether an operand is of zeros only."""
    if isinstance(operand, Weight):
        return operand.zeros or (operand.numbers is not None and not any(operand.numbers))
    return operand == 0


def holds_zeros(weight: Weight) -> bool:
    """Whether a stored tensor is seen to hold zeros only."""
    return _is_zero(weight)


def taken_of(graph: LayerGraph, value: str) -> Taken | None:
    """The step of a sequence that a value is."""
    layer = graph.producers.get(value)
    if layer is None or len(layer.inputs) != 1 or layer.weights:
        return None
    if layer.kind == "select":
        axis, at, source = layer.attributes["axis"], layer.attributes["index"], layer.inputs[0]
    else:
        cut = made_by(graph, layer.inputs[0], "slice") if layer.kind in {"reshape", "flatten"} else None
        before = graph.shape(cut.outputs[0]) if cut is not None and len(cut.inputs) == 1 else None
        if cut is None or before is None or before[0] != 1 or before[1:] != graph.shape(value):
            return None
        (axis, *more), ((at, _, stride), *_) = cut.attributes["axes"], cut.attributes["bounds"]
        source = cut.inputs[0]
        if more or stride != 1:
            return None
    shape = graph.shape(source)
    steps = shape[0] if shape else None
    if axis != 0 or not isinstance(at, int) or not isinstance(steps, int) or not -steps <= at < steps:
        return None
    at %= steps
    turned = made_by(graph, source, "slice")
    if turned is not None and flips(graph, turned, 0):
        source, at = turned.inputs[0], steps - 1 - at
    return Taken(source, at, steps)


def flips(graph: LayerGraph, layer: Layer, axis: int) -> bool:
    """Whether a slice takes all of one axis, the last first."""
    shape = graph.shape(layer.inputs[0]) if len(layer.inputs) == 1 and layer.kind == "slice" else None
    if shape is None or layer.attributes["axes"] not in {(axis,), (axis - len(shape),)}:
        return False
    start, stop, stride = layer.attributes["bounds"][0]
    size = shape[axis]
    return stride == -1 and stop is None and (start is None or start in (-1, size - 1 if isinstance(size, int) else -1))


def row(graph: LayerGraph, value: str) -> tuple[str, Layer | None]:
    """What a value is without its first axis of one, and the layer that gives it that; the value itself without one."""
    layer, shape = graph.producers.get(value), graph.shape(value)
    if layer is None or layer.kind not in {"reshape", "stack_axis"} or len(layer.inputs) != 1 or layer.weights:
        return value, None
    before = graph.shape(layer.inputs[0])
    return (layer.inputs[0], layer) if before is not None and shape == (1, *before) else (value, None)
