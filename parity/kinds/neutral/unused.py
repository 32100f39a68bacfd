"""Stored tensors that no call uses: a module that is never called, an initializer without a consumer."""

from parity.kinds._contract import Kind

KIND = Kind("unused", shape=lambda _, __: ())
