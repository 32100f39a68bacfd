"""One step of a long short-term memory."""

from parity.kinds import _recurrent_keras, _recurrent_tensors, _recurrent_torch
from parity.kinds._recurrent_parts import LSTM, cell_kind

KIND = cell_kind(
    LSTM,
    {
        ("keras", "LSTMCell"): _recurrent_keras.cell,
        ("torch.nn", "LSTMCell"): _recurrent_torch.cell(LSTM),
        ("aten", "lstm_cell"): _recurrent_torch.cell(LSTM),
    },
    _recurrent_tensors.cell_signatures(LSTM, "LSTMCell"),
)
