"""Sliding blocks of an image as columns of a matrix: what unfold and fold have in common."""

from typing import Any

from parity.kinds._contract import Attribute, Call, whole
from parity.kinds._windows import pairs, symmetric

COMPARED = {name: Attribute() for name in ("kernel_size", "strides", "dilation", "padding")}


def settings(call: Call, rank: int = 2) -> dict[str, Any] | None:
    """The window of a PyTorch module or operator; None where it is none."""
    found: dict[str, Any] = {
        "kernel_size": pairs(call.get("kernel_size"), rank),
        "strides": pairs(call.get("stride", 1), rank),
        "dilation": pairs(call.get("dilation", 1), rank),
        "padding": symmetric(call.get("padding", 0), rank),
    }
    return found if whole(found["kernel_size"], found["strides"], found["dilation"]) else None
