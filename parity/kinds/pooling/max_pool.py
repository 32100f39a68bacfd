"""Maximum pooling; padding never wins."""

from parity.kinds._contract import Attribute, Kind
from parity.kinds._given import later
from parity.kinds.pooling import _windowed as _pooling

KIND = Kind(
    "max_pool",
    attributes={name: Attribute() for name in ("pool_size", "strides", "padding", "dilation", "ceil_mode")},
    told=("data_format", "padding_rule"),
    shape=_pooling.shape,
    axes=_pooling.axes,
    compute=later(__package__, "max_pool"),
    spellings={
        **{("keras", f"MaxPooling{rank}D"): _pooling.keras("max_pool", rank) for rank in (1, 2, 3)},
        ("keras.ops", "MaxPool"): _pooling.keras_operation("max_pool"),
        **{("torch.nn", f"MaxPool{rank}d"): _pooling.torch("max_pool", rank) for rank in (1, 2, 3)},
        **{("aten", f"max_pool{rank}d"): _pooling.torch("max_pool", rank) for rank in (1, 2, 3)},
        **{("aten", f"max_pool{rank}d_with_indices"): _pooling.torch("max_pool", rank) for rank in (2, 3)},
        ("onnx", "MaxPool"): _pooling.onnx("max_pool"),
    },
)
