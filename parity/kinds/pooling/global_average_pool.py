"""Global average pooling: one number for each channel."""

from parity.kinds._contract import Kind
from parity.kinds._given import later
from parity.kinds.pooling import _whole as pooling

NAME = "global_average_pool"

KIND = Kind(
    NAME,
    attributes=pooling.COMPARED,
    told=pooling.TOLD,
    shape=pooling.shape,
    axes=pooling.axes,
    compute=later(__package__, "global_average_pool"),
    spellings={
        **{("keras", f"GlobalAveragePooling{rank}D"): pooling.keras(NAME, rank) for rank in (1, 2, 3)},
        **{("keras", f"AdaptiveAveragePooling{rank}D"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        ("keras.ops", "AdaptiveAveragePool"): pooling.keras_operation(NAME),
        **{("torch.nn", f"AdaptiveAvgPool{rank}d"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        **{("aten", f"adaptive_avg_pool{rank}d"): pooling.adaptive(NAME, rank) for rank in (1, 2, 3)},
        **{("aten", f"_adaptive_avg_pool{rank}d"): pooling.adaptive(NAME, rank) for rank in (2, 3)},
        ("onnx", "GlobalAveragePool"): pooling.whole_image(NAME),
    },
)
