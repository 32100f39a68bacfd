"""One layer and one direction of a long short-term memory; stacks and both directions are compositions of it."""

from parity.kinds._contract import Attribute
from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _onnx as _recurrent_onnx
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import LSTM, layer_kind

KIND = layer_kind(
    LSTM,
    later(__package__, "lstm"),
    {
        ("keras", "LSTM"): _recurrent_keras.layer,
        ("keras", "RNN"): _recurrent_keras.layer,
        ("keras", "Bidirectional"): _recurrent_keras.bidirectional,
        ("torch.nn", "LSTM"): _recurrent_torch.module(LSTM),
        ("aten", "lstm"): _recurrent_torch.aten(LSTM),
        ("onnx", "LSTM"): _recurrent_onnx.spell(LSTM),
    },
    _recurrent_tensors.signatures(LSTM, "LSTM"),
    projection=Attribute(),
)
