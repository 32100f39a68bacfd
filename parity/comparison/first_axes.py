"""First axes that are not the batch: they count as any other axis does."""

from parity.comparison._contract import View
from parity.graph import Dim, Layer, LayerGraph, Shape

REPEATS = {"expand", "tile", "reshape"}
"""Kinds that may bring a first axis to a size of their own."""


def differ(view: View, left: Layer, right: Layer, at: int) -> bool:
    """Whether the outputs at a place of two layers are of other sizes along their first axes, whatever the batch is.

    A first axis is the batch only where it comes from that of an input. So models that are given one batch agree in it,
    and a size that does not follow a free batch is none.
    """
    mine, theirs = view.left.shape(left.outputs[at]), view.right.shape(right.outputs[at])
    first, second = _first(mine), _first(theirs)
    if not mine or not theirs or first == second or not _of_one_batch(view):
        return False
    if isinstance(first, int) and isinstance(second, int):
        # One element stands for as many as what it is combined with has; for one where it is an output, or summed.
        wide = (view.right, right) if first == 1 else (view.left, left)
        last = left.outputs[at] in view.left.outputs or right.outputs[at] in view.right.outputs
        return 1 not in {first, second} or last or _ends(*wide, at)
    sides = (view.left, left, mine), (view.right, right, theirs)
    fixed, free = sides if isinstance(first, int) else sides[::-1]
    return _is_fixed(*fixed) and _is_free(*free)


def _ends(graph: LayerGraph, layer: Layer, at: int) -> bool:
    """Whether something takes a value and has no such first axis any more, but one that permutes: its sizes tell."""
    value = layer.outputs[at]
    size = _first(graph.shape(value))
    uses = (use for use in graph.consumers.get(value, ()) if use.kind != "permute")
    return any(_first(graph.shape(made)) != size for use in uses for made in use.outputs)


def _first(shape: Shape | None) -> Dim:
    return shape[0] if shape else None


def _of_one_batch(view: View) -> bool:
    """Whether all inputs of both models have one number of samples, or all leave it free."""
    graphs = view.left, view.right
    left, right = ([_first(graph.shape(value)) for value in graph.inputs if graph.shape(value)] for graph in graphs)
    numbers = [[each if isinstance(each, int) else None for each in found] for found in (left, right)]
    return numbers[0] == numbers[1] and bool(left)


def _is_fixed(graph: LayerGraph, layer: Layer, made: Shape) -> bool:
    """Whether a layer makes a first axis of one size of a free one."""
    before = graph.shape(layer.inputs[0]) if layer.inputs else None
    free = before and not isinstance(before[0], int)
    return layer.kind in REPEATS and bool(free) and isinstance(made[0], int)


def _is_free(graph: LayerGraph, layer: Layer, made: Shape) -> bool:
    """Whether the first axis that a layer makes is of another size for each batch: as before, or what is left."""
    before = graph.shape(layer.inputs[0]) if layer.inputs else None
    if not before or isinstance(before[0], int) or layer.kind not in REPEATS:
        return False
    kept = made[0] is not None and made[0] == before[0]
    return kept or (layer.kind == "reshape" and all(isinstance(size, int) for size in made[1:]))
