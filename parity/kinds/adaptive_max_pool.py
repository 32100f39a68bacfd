"""Adaptive maximum pooling by windows that differ in size or overlap, as PyTorch spreads them."""

from parity.kinds import _global_pooling as pooling
from parity.kinds._contract import Attribute, Kind

KIND = Kind(
    "adaptive_max_pool",
    attributes={"output_size": Attribute()},
    shape=pooling.adaptive_shape,
    axes=pooling.adaptive_axes,
)
