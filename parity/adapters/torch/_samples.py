"""A module traced for one sample may do to its batch what is taken for something done to an axis of one element."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from parity.adapters._formats import Inputs
from parity.graph import Shape, SourceGraph, SourceNode

DIMS = ("dim", "dims", "dim0", "dim1", "start_dim", "axis0", "axis1", "source", "destination")
"""Arguments that say which axes an operator is about."""

REARRANGES = frozenset(
    [
        *("flatten", "movedim", "numpy_T", "permute", "reshape", "reshape_as", "select", "squeeze", "swapaxes"),
        *("t", "transpose", "unflatten", "unsqueeze", "view", "view_as", "_unsafe_view"),
    ]
)
"""Operators that may give the batch another place, or elements of other axes to it."""


def for_several(graph: SourceGraph, inputs: Inputs | None, beside: Sequence[Shape | None]) -> Inputs | None:
    """Example inputs with more samples, where a trace of one does not tell the batch from other axes of one element.

    Args:
        graph: the module as traced.
        inputs: what it was traced with.
        beside: the shapes of the other model's inputs, of which a first axis that is free is a batch of any size.

    Returns:
        None where one sample tells all, or where what was given is more than tensors.
    """
    mine = [graph.values[value].shape for value in graph.inputs]
    free = [bool(shape) and not isinstance(shape[0], int) for shape in beside if shape is not None]
    if inputs is None or not len(inputs) == len(mine) == len(beside) == len(free) or not any(free):
        return None
    if not all(shape and shape[0] == 1 for shape, is_free in zip(mine, free, strict=True) if is_free):
        return None
    if not any(_is_about_the_first(graph, node) for node in graph.nodes):
        return None
    samples = _unlike_others(graph)
    given = [
        ((samples if is_free else shape[0], *shape[1:]) if shape else (), graph.values[value].dtype or "float32")
        for value, shape, is_free in zip(graph.inputs, mine, free, strict=True)
    ]
    return dict(zip(inputs, given, strict=True)) if isinstance(inputs, Mapping) else given


def _unlike_others(graph: SourceGraph) -> int:
    """A number of samples that no axis has as its size."""
    sizes = {size for value in graph.values.values() for size in value.shape or ()}
    return next(number for number in count(2) if number not in sizes)


def _is_about_the_first(graph: SourceGraph, node: SourceNode) -> bool:
    if node.op not in REARRANGES:
        return False
    told = [node.attributes[name] for name in DIMS if name in node.attributes]
    if not told:
        return True
    taken = next(iter(node.inputs.values()), None)
    shape = graph.values[taken].shape if taken is not None else None
    rank = len(shape or ())
    first = {0, -rank, -rank - 1} if node.op == "unsqueeze" else {0, -rank}
    if node.op == "permute":
        return not _whole(told[0]) or told[0][0] not in first
    return any(not first.isdisjoint(each if _whole(each) else (each,)) for each in told)


def _whole(value: Any) -> bool:
    return isinstance(value, list | tuple)
