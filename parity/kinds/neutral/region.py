"""Layers between values that two models share, which compute the same on both sides, however they are written."""

from parity.kinds._contract import Kind, unknown_axes, unknown_shape

KIND = Kind("region", shape=unknown_shape, axes=unknown_axes)
