"""Masks of padding as people give them: the tokens of a row come first, and padding fills it up.

A mask that leaves a row nothing to attend to makes attention a mean of what nobody asks for, of which every library
makes something else; random truth values do that as soon as a mask is causal, too.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from parity.graph import LayerGraph

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

MASK = re.compile(r"mask", re.IGNORECASE)
SCORES = re.compile(r"(attn|src|tgt|memory)_mask", re.IGNORECASE)
"""Masks of scores, by the names that PyTorch gives them."""

BLOCKING = re.compile(r"key_padding_mask", re.IGNORECASE)
"""Those that are true for padding, as ``nn.MultiheadAttention`` and ``nn.Transformer`` take them."""

WHOLE = ("bool", "int", "uint")

PER_ROW = 2
"""Axes: the batch, and the tokens of a row."""


def drawn_lengths(ends: Iterable[tuple[LayerGraph, str]], shape: tuple[int, ...], generator: Any) -> Array | None:
    """Truth values for a mask of padding, by the names that one or several graphs give the same input.

    Returns:
        An array of the shape, in each row the same truth value for at least one token and the other for all after
        them; None where nobody calls it such a mask, or it is of real numbers.
    """
    import numpy as np

    named = [(graph, dict(zip(graph.inputs, graph.input_names or graph.inputs, strict=True)), at) for graph, at in ends]
    names = [found.get(value, "") for _, found, value in named]
    whole = all(str(graph.values[value].dtype or "int").startswith(WHOLE) for graph, _, value in named)
    masks = any(map(MASK.search, names)) and not any(map(SCORES.search, names))
    if len(shape) != PER_ROW or not whole or not masks:
        return None
    rows, places = shape
    attended = np.arange(places) < generator.integers(1, max(places, 1) + 1, (rows, 1))
    return np.asarray(~attended if any(map(BLOCKING.search, names)) else attended)
