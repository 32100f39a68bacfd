"""Average pooling; whether padding counts as part of the average is an attribute."""

from parity.kinds._contract import Attribute, Kind
from parity.kinds._given import later
from parity.kinds.pooling import _windowed as _pooling

COMPARED = ("pool_size", "strides", "padding", "dilation", "ceil_mode", "count_include_pad")

KIND = Kind(
    "average_pool",
    attributes={name: Attribute() for name in COMPARED},
    told=("data_format", "padding_rule"),
    shape=_pooling.shape,
    axes=_pooling.axes,
    compute=later(__package__, "average_pool"),
    spellings={
        **{("keras", f"AveragePooling{rank}D"): _pooling.keras("average_pool", rank) for rank in (1, 2, 3)},
        ("keras.ops", "AveragePool"): _pooling.keras_operation("average_pool"),
        **{("torch.nn", f"AvgPool{rank}d"): _pooling.torch("average_pool", rank) for rank in (1, 2, 3)},
        **{("aten", f"avg_pool{rank}d"): _pooling.torch("average_pool", rank) for rank in (1, 2, 3)},
        ("onnx", "AveragePool"): _pooling.onnx("average_pool"),
    },
)
