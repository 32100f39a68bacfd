"""One layer and one direction of a recurrent network without gates (Elman); stacks are compositions of it."""

from parity.kinds._given import later
from parity.kinds.recurrence import _keras as _recurrent_keras
from parity.kinds.recurrence import _onnx as _recurrent_onnx
from parity.kinds.recurrence import _tensors as _recurrent_tensors
from parity.kinds.recurrence import _torch as _recurrent_torch
from parity.kinds.recurrence._parts import SIMPLE, layer_kind

KIND = layer_kind(
    SIMPLE,
    later(__package__, "simple_rnn"),
    {
        ("keras", "SimpleRNN"): _recurrent_keras.layer,
        ("torch.nn", "RNN"): _recurrent_torch.module(SIMPLE),
        ("aten", "rnn_tanh"): _recurrent_torch.aten(SIMPLE),
        ("aten", "rnn_relu"): _recurrent_torch.aten(SIMPLE, activation="relu"),
        ("onnx", "RNN"): _recurrent_onnx.spell(SIMPLE),
    },
    _recurrent_tensors.signatures(SIMPLE, "SimpleRNN"),
)
