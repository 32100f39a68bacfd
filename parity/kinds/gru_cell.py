"""One step of gated recurrent units."""

from parity.kinds import _recurrent_keras, _recurrent_tensors, _recurrent_torch
from parity.kinds._contract import Attribute
from parity.kinds._recurrent_parts import GRU, cell_kind

KIND = cell_kind(
    GRU,
    {
        ("keras", "GRUCell"): _recurrent_keras.cell,
        ("torch.nn", "GRUCell"): _recurrent_torch.cell(GRU),
        ("aten", "gru_cell"): _recurrent_torch.cell(GRU),
    },
    _recurrent_tensors.cell_signatures(GRU, "GRUCell"),
    reset_after=Attribute(),
)
