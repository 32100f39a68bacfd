"""One step of gated recurrent units."""

from parity.kinds._contract import Attribute
from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import GRU, cell_kind

KIND = cell_kind(
    GRU,
    later(__package__, "gru_cell"),
    {
        ("keras", "GRUCell"): _recurrent_keras.cell,
        ("torch.nn", "GRUCell"): _recurrent_torch.cell(GRU),
        ("aten", "gru_cell"): _recurrent_torch.cell(GRU),
    },
    _recurrent_tensors.cell_signatures(GRU, "GRUCell"),
    reset_after=Attribute(),
)
