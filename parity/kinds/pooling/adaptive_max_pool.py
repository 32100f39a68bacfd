"""Adaptive maximum pooling by windows that differ in size or overlap, as PyTorch spreads them."""

from parity.kinds._contract import Attribute, Kind
from parity.kinds._given import later
from parity.kinds.pooling import _whole as pooling

KIND = Kind(
    "adaptive_max_pool",
    attributes={"output_size": Attribute()},
    told=("data_format", "input_size"),
    shape=pooling.adaptive_shape,
    axes=pooling.adaptive_axes,
    compute=later(__package__, "adaptive_max_pool"),
)
