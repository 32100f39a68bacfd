"""One layer and one direction of gated recurrent units; stacks and both directions are compositions of it.

``reset_after``: the reset gate is applied to what the recurrent kernel and bias have made of the state, as in cuDNN
and PyTorch, rather than to the state (Cho et al. 2014). Only then does a second bias of its own make a difference.
"""

from parity.kinds._contract import Attribute
from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _onnx as _recurrent_onnx
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import GRU, layer_kind

KIND = layer_kind(
    GRU,
    later(__package__, "gru"),
    {
        ("keras", "GRU"): _recurrent_keras.layer,
        ("torch.nn", "GRU"): _recurrent_torch.module(GRU),
        ("aten", "gru"): _recurrent_torch.aten(GRU),
        ("onnx", "GRU"): _recurrent_onnx.spell(GRU),
    },
    _recurrent_tensors.signatures(GRU, "GRU"),
    reset_after=Attribute(),
)
