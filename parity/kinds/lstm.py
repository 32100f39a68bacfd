"""One layer and one direction of a long short-term memory; stacks and both directions are compositions of it."""

from parity.kinds import _recurrent_keras, _recurrent_onnx, _recurrent_tensors, _recurrent_torch
from parity.kinds._contract import Attribute
from parity.kinds._recurrent_parts import LSTM, layer_kind

KIND = layer_kind(
    LSTM,
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
