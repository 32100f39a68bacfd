"""One step of a recurrent network without gates."""

from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import SIMPLE, cell_kind

KIND = cell_kind(
    SIMPLE,
    later(__package__, "simple_rnn_cell"),
    {
        ("keras", "SimpleRNNCell"): _recurrent_keras.cell,
        ("torch.nn", "RNNCell"): _recurrent_torch.cell(SIMPLE),
        ("aten", "rnn_tanh_cell"): _recurrent_torch.cell(SIMPLE),
        ("aten", "rnn_relu_cell"): _recurrent_torch.cell(SIMPLE, activation="relu"),
    },
    _recurrent_tensors.cell_signatures(SIMPLE, "SimpleRNNCell"),
)
