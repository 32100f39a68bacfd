"""What recurrent layers compute, step by step.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, torch.nn.GRU.html and torch.nn.RNN.html;
https://onnx.ai/onnx/operators/onnx__LSTM.html and onnx__GRU.html; https://keras.io/api/layers/recurrent_layers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds._windows import same
from parity.kinds.activation._compute import activated
from parity.kinds.convolution._compute import channels_last, correlated, filled
from parity.kinds.recurrence._parts import GRU, LSTM, SIMPLE, Family

States = tuple[Array, ...]
Step = Callable[[Array, States], States]
"""The new states from what a step is fed and the old states."""


def lstm(given: Given) -> tuple[Array, ...]:
    """A long short-term memory over a sequence: the sequence of states, the last state and the last cell."""
    return _over(given, LSTM)


def gru(given: Given) -> tuple[Array, ...]:
    """Gated recurrent units over a sequence: the sequence of states and the last one."""
    return _over(given, GRU)


def simple_rnn(given: Given) -> tuple[Array, ...]:
    """A network without gates over a sequence: the sequence of states and the last one."""
    return _over(given, SIMPLE)


def lstm_cell(given: Given) -> tuple[Array, ...]:
    """One step."""
    return _once(given, LSTM)


def gru_cell(given: Given) -> tuple[Array, ...]:
    """One step."""
    return _once(given, GRU)


def simple_rnn_cell(given: Given) -> tuple[Array, ...]:
    """One step."""
    return _once(given, SIMPLE)


def _once(given: Given, family: Family) -> tuple[Array, ...]:
    fed, *states = given.inputs
    units = given.attributes["units"]
    kernel = given.weight("kernel", f"in {family.biases('gate')}")
    if len(states) != len(family.states):
        raise Uncomputable("its states are not given")
    bias = given.vector("bias", 0.0)
    return _step(given, family, units)(fed @ kernel + bias, tuple(states))


def _over(given: Given, family: Family) -> tuple[Array, ...]:
    """All steps, from the first or from the last on; the sequence stays in the order of time unless it is flipped."""
    told = given.attributes
    sequence = given.inputs[0] if told["time_major"] else np.swapaxes(given.inputs[0], 0, 1)
    steps, batch = sequence.shape[:2]
    kernel = given.weight("kernel", f"in {family.biases('gate')}")
    given.makes(steps, batch, kernel.shape[1])
    given.spend(sequence.size * kernel.shape[1] + steps * batch * given.raw("recurrent_kernel").size)
    fed = sequence @ kernel + given.vector("bias", 0.0)
    states = _initial(given, family, batch)
    step = _step(given, family, told["units"])
    made = np.empty((steps, batch, states[0].shape[1]))
    for at in reversed(range(steps)) if told["reverse"] else range(steps):
        states = step(fed[at], states)
        made[at] = states[0]
    made = made[::-1] if told.get("flipped") else made
    return (made if told["time_major"] else np.swapaxes(made, 0, 1), *states)


def _initial(given: Given, family: Family, batch: int) -> States:
    """The states to begin with: zeros, or those that come in or are stored, with those of other layers beside them."""
    units, place = given.attributes["units"], given.attributes.get("state")
    widths = (given.attributes.get("projection") or units, units)[: len(family.states)]
    states: list[Array] = list(given.inputs[1:])
    if states and len(states) != len(family.states):
        raise Uncomputable("some of its states are given and some are not")
    roles = ("initial_state", "initial_cell")[: len(family.states)]
    if not states:
        zeros = [np.zeros((batch, width)) for width in widths]
        states = [given.raw(role) if given.has(role) else zero for role, zero in zip(roles, zeros, strict=True)]
    return tuple(_of_batch(*each, place) for each in zip(states, ((batch, width) for width in widths), strict=True))


def _of_batch(state: Array, shape: tuple[int, int], place: int | None) -> Array:
    """A row for each sample, of a state that may have an axis for layers and directions in front, or after them."""
    if state.ndim > len(shape) and place is not None and place < state.size // max(int(np.prod(shape)), 1):
        front = state.shape[1:] == shape
        state = state[place] if front else state[:, place] if (state.shape[0], state.shape[2]) == shape else state
    if state.size != shape[0] * shape[1]:
        raise Uncomputable(f"a state of the shape {state.shape} is not that of one layer and direction")
    return state.reshape(shape)


def _step(given: Given, family: Family, units: int) -> Step:
    columns = family.biases("gate")
    recurrent = given.weight("recurrent_kernel", f"hidden {columns}")
    inner = given.vector("recurrent_bias", 0.0)
    if family is SIMPLE:
        function = _function(given, "activation")
        return lambda fed, states: (function(fed + states[0] @ recurrent + inner),)
    order = {
        name: slice(at * units, (at + 1) * units) for at, name in enumerate(given.attributes["gate_order"].split())
    }
    gate, function = _function(given, "recurrent_activation"), _function(given, "activation")
    if family is GRU:
        return _gated(order, gate, function, recurrent, inner, reset_after=bool(given.attributes["reset_after"]))
    projection = given.weight("projection", "units hidden") if given.has("projection") else None

    def step(fed: Array, states: States) -> States:
        hidden, cell = states
        sums = fed + hidden @ recurrent + inner
        new = {name: (function if name == "c" else gate)(sums[:, part]) for name, part in order.items()}
        cell = new["f"] * cell + new["i"] * new["c"]
        hidden = new["o"] * function(cell)
        return hidden if projection is None else hidden @ projection, cell

    return step


def _gated(
    order: Mapping[str, slice],
    gate: Callable[[Array], Array],
    function: Callable[[Array], Array],
    recurrent: Array,
    inner: Array | float,
    *,
    reset_after: bool,
) -> Step:
    """H = z * h + (1 - z) * n, where n sees the old state through the gate r.

    ``reset_after``: r is applied to what the kernel and the second bias make of the state, rather than to the state.
    """
    biases = np.broadcast_to(inner, recurrent.shape[1])

    def step(fed: Array, states: States) -> States:
        (hidden,) = states
        sums = hidden @ recurrent + biases
        z, r = (gate(fed[:, order[name]] + sums[:, order[name]]) for name in "zr")
        part = order["h"]
        own = r * sums[:, part] if reset_after else (r * hidden) @ recurrent[:, part] + biases[part]
        return (z * hidden + (1 - z) * function(fed[:, part] + own),)

    return step


def _function(given: Given, name: str) -> Callable[[Array], Array]:
    function = given.attributes[name]
    return lambda x: activated(x, function, USUAL.get(function, {}))


USUAL: Mapping[str, Mapping[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 1.0},
    "clip": {"low": -1.0, "high": 1.0},
    "softmax": {"axis": -1},
    "log_softmax": {"axis": -1},
    "sparsemax": {"axis": -1},
    "hard_shrink": {"threshold": 0.5},
    "soft_shrink": {"threshold": 0.5},
    "squareplus": {"beta": 4.0},
}
"""The settings of Keras' activations that a layer names by a word alone."""


def conv_lstm(given: Given) -> tuple[Array, ...]:
    """An LSTM whose products are convolutions; that of the state keeps its size (Shi et al. 2015; Keras)."""
    told, layout = given.attributes, given.attributes["data_format"]
    frames = [channels_last(frame, layout) for frame in np.swapaxes(given.inputs[0], 0, 1)]
    kernel, recurrent = (
        given.weight(role, f"gate*units {rows} spatial")
        for role, rows in (("kernel", "in"), ("recurrent_kernel", "hidden"))
    )
    size, strides, dilation, units = (told[name] for name in ("kernel_size", "strides", "dilation", "filters"))
    space = frames[0].shape[1:-1]
    amounts = same(space, size, strides, dilation, "same") if told["padding"] == "same" else ((0, 0),) * len(size)
    if not isinstance(amounts, tuple):
        raise Uncomputable("its padding is not known")
    ones = (1,) * len(size)
    fed = [
        correlated(given, filled(given, frame, amounts, "zeros"), kernel, strides, dilation, 1)
        + given.vector("bias", 0.0)
        for frame in frames
    ]
    around = same(fed[0].shape[1:-1], size, ones, ones, "same")
    states = _frames(given, fed[0].shape[:-1], units)
    order = {name: slice(at * units, (at + 1) * units) for at, name in enumerate(told["gate_order"].split())}
    gate, function = _function(given, "recurrent_activation"), _function(given, "activation")
    made: list[Array] = [states[0]] * len(fed)
    for at in reversed(range(len(fed))) if told["reverse"] else range(len(fed)):
        hidden, cell = states
        padded = filled(given, hidden, around if isinstance(around, tuple) else (), "zeros")
        sums = fed[at] + correlated(given, padded, recurrent, ones, ones, 1)
        new = {name: (function if name == "c" else gate)(sums[..., part]) for name, part in order.items()}
        cell = new["f"] * cell + new["i"] * new["c"]
        states = (new["o"] * function(cell), cell)
        made[at] = states[0]
    made = made[::-1] if told["flipped"] else made
    back = [np.moveaxis(each, -1, 1) if layout != "channels_last" else each for each in (*made, *states)]
    return np.stack(back[: len(made)], axis=1), *back[len(made) :]


def _frames(given: Given, shape: Sequence[int], units: int) -> States:
    if len(given.inputs) > 1:
        first, second = (channels_last(each, given.attributes["data_format"]) for each in given.inputs[1:])
        return first, second
    return np.zeros((*shape, units)), np.zeros((*shape, units))
