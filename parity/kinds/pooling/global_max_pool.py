"""Global maximum pooling: one number for each channel."""

from parity.kinds._contract import Kind
from parity.kinds._given import later
from parity.kinds.pooling import _whole as pooling

NAME = "global_max_pool"

KIND = Kind(
    NAME,
    attributes=pooling.COMPARED,
    told=pooling.TOLD,
    shape=pooling.shape,
    axes=pooling.axes,
    compute=later(__package__, "global_max_pool"),
    spellings={
        **{("keras", f"GlobalMaxPooling{rank}D"): pooling.keras(NAME, rank) for rank in (1, 2, 3)},
        **{("keras", f"AdaptiveMaxPooling{rank}D"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        ("keras.ops", "AdaptiveMaxPool"): pooling.keras_operation(NAME),
        **{("torch.nn", f"AdaptiveMaxPool{rank}d"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        **{("aten", f"adaptive_max_pool{rank}d"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        ("onnx", "GlobalMaxPool"): pooling.whole_image(NAME),
    },
)
