"""Functional Keras models."""

from differential.generating import Family
from differential.keras_rewritings import REWRITINGS
from differential.keras_source import HEADER, TABLE, build, options, run, source, step
from differential.programs import Node, Unfit

LAYOUT = [
    "layers.Permute",
    "ops.transpose",
    "ops.swapaxes",
    "layers.Reshape",
    "ops.reshape",
    "layers.Flatten",
    "ops.squeeze",
    "ops.expand_dims",
    "ops.mean",
    "ops.max",
    "ops.sum",
    "ops.argmax",
    "layers.Dense",
    "layers.Conv1D",
    "layers.Conv2D",
    "layers.MaxPooling2D",
    "layers.LSTM",
    "layers.GRU",
    "layers.Concatenate",
    "ops.split",
    "ops.getitem",
    "ops.flip",
    "ops.roll",
    "ops.pad",
    "ops.cumsum",
    "ops.softmax",
    "ops.matmul",
    "layers.LayerNormalization",
    "layers.BatchNormalization",
    "layers.ReLU",
    "layers.Add",
    "ops.stack",
    "layers.PReLU",
]

GROUPS = {
    "turn": "layers.Permute ops.transpose ops.swapaxes ops.moveaxis",
    "maybe": "",
    "pointwise": "ops.relu layers.ReLU ops.tanh layers.Add ops.multiply layers.Dropout layers.LeakyReLU layers.Activation layers.PReLU",
    "flatten": "layers.Flatten layers.Reshape ops.reshape",
    "reshape": "layers.Flatten layers.Reshape ops.reshape ops.expand_dims layers.RepeatVector",
    "reduce": "ops.mean ops.max ops.sum ops.argmax ops.prod ops.std ops.logsumexp ops.norm ops.normalize ops.unstack ops.take",
    "weighted": "layers.Dense layers.Conv1D layers.Conv2D layers.BatchNormalization layers.LayerNormalization layers.GroupNormalization layers.LSTM "
    "layers.GRU layers.SimpleRNN layers.MultiHeadAttention layers.PReLU layers.Bidirectional/LSTM layers.EinsumDense layers.DepthwiseConv2D "
    "layers.RMSNormalization layers.TimeDistributed/Dense",
    "reader": "ops.getitem ops.split ops.argmax ops.cumsum ops.softmax layers.Softmax ops.pad layers.MaxPooling1D layers.MaxPooling2D layers.AveragePooling2D "
    "ops.glu ops.flip ops.roll layers.Concatenate ops.top_k ops.sort ops.tile ops.repeat ops.tril layers.UpSampling1D layers.UpSampling2D "
    "layers.GlobalAveragePooling1D layers.GlobalMaxPooling2D layers.Attention layers.ZeroPadding1D layers.Cropping1D layers.UnitNormalization",
}


def transposed(at: int, value: str, order: list[int]) -> Node:
    """A call that gives a value with its axes, the batch apart, in another order."""
    if order[0]:
        raise Unfit
    return Node(at, "layers.Permute", (value,), {"dims": tuple(order[1:])})


KERAS = Family(
    "keras", TABLE, HEADER, step, source, build, run, options, transposed=transposed, layout=LAYOUT, groups=GROUPS,
    rewritings=REWRITINGS, types=("float32", "int64", "int32"), ranks=(2, 3, 3, 4, 4, 5),
)  # fmt: skip
