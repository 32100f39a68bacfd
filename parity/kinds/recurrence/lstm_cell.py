"""One step of a long short-term memory."""

from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import LSTM, cell_kind

KIND = cell_kind(
    LSTM,
    later(__package__, "lstm_cell"),
    {
        ("keras", "LSTMCell"): _recurrent_keras.cell,
        ("torch.nn", "LSTMCell"): _recurrent_torch.cell(LSTM),
        ("aten", "lstm_cell"): _recurrent_torch.cell(LSTM),
    },
    _recurrent_tensors.cell_signatures(LSTM, "LSTMCell"),
)
