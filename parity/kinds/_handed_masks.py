"""Masks that Keras hands on from layer to layer beside the values, which no graph tells as values of their own."""

from parity.graph import Layer

BEGINS = {"masking"}
ENDS = {"conv", "conv_transpose", "flatten", "max_pool", "average_pool", "global_max_pool", "global_average_pool"}
"""Kinds of layers that take no mask, and hand none on (``supports_masking`` of Keras)."""

LOOKS = {"lstm", "gru", "simple_rnn", "conv_lstm", "attention", "global_average_pool", "opaque"}
"""Kinds of layers that compute something else where they are handed a mask."""


def begins_mask(layer: Layer) -> bool:
    """Whether a layer of Keras says which steps are to be skipped."""
    return layer.kind in BEGINS or bool(layer.attributes.get("mask_zero"))


def hands_on(layer: Layer) -> bool:
    """Whether a layer hands on the mask that it is handed."""
    return layer.kind not in ENDS


def looks_at_mask(layer: Layer) -> bool:
    """Whether a layer computes something else where it is handed a mask."""
    return layer.kind in LOOKS
