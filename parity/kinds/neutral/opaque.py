"""An operator or layer that is not supported: placed by wiring and tensors, compared by its raw attributes."""

from parity.kinds._contract import Kind, unknown_axes
from parity.kinds._macs import unknown_products

KIND = Kind(
    "opaque",
    told=("operator", "settings", "unread"),
    shape=lambda _, __: (),
    axes=unknown_axes,
    macs=unknown_products,
)
