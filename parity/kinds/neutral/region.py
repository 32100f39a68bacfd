"""Layers between values that two models share, which compute the same on both sides, however they are written.

``twins`` are the last layers of both sides: a region computes what its twin does, and no other one.
"""

from parity.kinds._contract import Kind, unknown_axes, unknown_shape
from parity.kinds._macs import unknown_products

KIND = Kind("region", told=("ends", "forms", "twins"), shape=unknown_shape, axes=unknown_axes, macs=unknown_products)
