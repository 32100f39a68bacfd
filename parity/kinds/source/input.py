"""An input of the model."""

from parity.kinds._contract import Kind, unknown_axes

KIND = Kind("input", shape=lambda _, __: (None,), axes=unknown_axes)
