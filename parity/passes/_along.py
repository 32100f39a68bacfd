"""What layers make of numbers that are the same along each diagonal, computed once for each diagonal.

A mask of 8,192 steps has 67 million elements, which nobody needs to write out: what works on each element by itself
keeps the diagonals, and so does what repeats, turns or cuts a matrix.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Layer, LayerGraph, Value
from parity.graph.diagonals import LEAST, Diagonals, compressed, is_view, once, spread
from parity.passes._grids import COMPARISONS, Grid, grid_of, gridded

EACH = {"cast", "elementwise", "where"}
KEEP = {"expand", "identity", "reshape", "stack_axis"}

Evaluated = Callable[[LayerGraph, Layer, list[Any], Mapping[str, Any], tuple[int, ...]], Any]


def along(
    graph: LayerGraph,
    layer: Layer,
    inputs: list[Any],
    stored: Mapping[str, Any],
    sizes: tuple[int, ...],
    evaluated: Evaluated,
) -> Any:
    """The array of a large value as a view of its diagonals, or its ``Grid``; None where it is neither.

    Args:
        graph: what the layer is of.
        layer: one with a single output.
        inputs: an array or a grid for each input.
        stored: the arrays of stored tensors, by role.
        sizes: of what comes out.
        evaluated: computes a layer of arrays.
    """
    if prod(sizes) < LEAST:
        return None
    grids = _grids(layer, inputs, stored)
    made = gridded(layer, grids, sizes) if grids is not None else None
    if made is None and grids is not None and layer.kind == "elementwise" and len(grids) == 2:
        made = _compared(graph, layer, [each.to(sizes) for each in grids], sizes, evaluated)
    if made is not None:
        view = made.view() if isinstance(made, Grid) else made
        return made if view is None else view
    arrays = [each.view() if isinstance(each, Grid) else each for each in inputs]
    if len(sizes) < 2 or any(each is None for each in arrays):
        return None
    if layer.kind in EACH:
        return _each(graph, layer, arrays, stored, sizes, evaluated)
    whole = [*arrays, *stored.values()]
    return _moved(layer, whole[0], sizes) if len(whole) == 1 and is_view(whole[0]) else None


def _grids(layer: Layer, inputs: list[Any], stored: Mapping[str, Any]) -> list[Grid] | None:
    """The operands of a layer as grids, if all of them are."""
    if stored or isinstance(layer.attributes.get("operands"), tuple):
        return None
    operand = layer.attributes.get("operand")
    if operand is not None and not isinstance(operand, float):
        return None
    import numpy as np

    own = [] if operand is None else [np.asarray(operand)]
    given = [*own, *inputs] if layer.attributes.get("operand_first") else [*inputs, *own]
    found = [each if isinstance(each, Grid) else grid_of(each) for each in given]
    return None if any(each is None for each in found) else [each for each in found if each is not None]


def _compared(graph: LayerGraph, layer: Layer, grids: list[Grid], sizes: tuple[int, ...], evaluated: Evaluated) -> Any:
    """What comes of comparing two grids whose difference is the same along each diagonal."""
    import numpy as np

    if layer.attributes["function"] not in COMPARISONS:
        return None
    one, other = grids
    steps = tuple(a - b for a, b in zip(one.steps, other.steps, strict=True))
    difference = Grid(one.start - other.start, steps, sizes)
    view = difference.view() if max(map(abs, difference.ends)) < 1 << 53 else None
    if view is None:
        return None
    plain = Layer(
        layer.path, "elementwise", {"function": layer.attributes["function"]}, (), ("one", "zero"), layer.outputs,
        layer.sources, layer.op,
    )  # fmt: skip
    numbers = compressed(view)
    return _spread(graph, plain, [numbers, np.zeros(1, "int64")], {}, len(numbers), sizes, evaluated)


def _each(
    graph: LayerGraph,
    layer: Layer,
    arrays: list[Any],
    stored: Mapping[str, Any],
    sizes: tuple[int, ...],
    evaluated: Evaluated,
) -> Any:
    """A function of each element, computed of one for each diagonal."""
    shapes = layer.attributes.get("operand_shapes") or [each.shape for each in stored.values()]
    if len(shapes) < len(stored) or "operand_axis" in layer.attributes:
        return None
    told = {name: value for name, value in layer.attributes.items() if name != "operand_shapes"}
    if "operand" in told:
        told["operand"] = _setting(told["operand"], sizes)
    if "operands" in told:
        told["operands"] = tuple(_setting(each, sizes) for each in told["operands"])
    own = [_row(each.reshape(shape), sizes) for each, shape in zip(stored.values(), shapes, strict=False)]
    rows = [_row(each, sizes) for each in arrays]
    if any(each is None for each in [*rows, *own, told.get("operand", 0.0), *told.get("operands", ())]):
        return None
    kept = dict(zip(stored, own, strict=True))
    return _spread(graph, replace(layer, attributes=told), rows, kept, sizes[-2] + sizes[-1] - 1, sizes, evaluated)


def _setting(value: Any, sizes: tuple[int, ...]) -> Any:
    """A number or a word as it is, and numbers along diagonals as a row of them; None for others."""
    if not isinstance(value, Diagonals):
        return None if isinstance(value, tuple) else value
    import numpy as np

    row = _row(np.asarray(value), sizes)
    return None if row is None else tuple(row.tolist())


def _row(array: Any, sizes: tuple[int, ...]) -> Any:
    """An operand as one number for each diagonal, or one for all; None for another operand."""
    if array.size == 1:
        return array.reshape(1)
    return compressed(array) if array.shape[-2:] == sizes[-2:] and is_view(array) else None


def _spread(
    graph: LayerGraph,
    layer: Layer,
    rows: list[Any],
    stored: Mapping[str, Any],
    count: int,
    sizes: tuple[int, ...],
    evaluated: Evaluated,
) -> Any:
    (value,) = layer.outputs
    known = graph.values.get(value)
    small = replace(graph, values={value: Value((count,), known.dtype if known is not None else None)})
    made = evaluated(small, layer, rows, stored, (count,))
    return spread(made, sizes) if made is not None and made.shape == (count,) else None


def _moved(layer: Layer, array: Any, sizes: tuple[int, ...]) -> Any:
    """A view of the same matrix, repeated, turned or cut."""
    told = layer.attributes
    if layer.kind in KEEP and array.shape[-2:] == sizes[-2:]:
        return spread(compressed(array), sizes)
    if layer.kind == "permute" and is_view(turned := array.transpose(told["order"])):
        return spread(compressed(turned), sizes) if turned.shape == sizes else None
    if layer.kind == "slice":
        ranges = [slice(None)] * array.ndim
        for axis, bounds in zip(told["axes"], told["bounds"], strict=True):
            ranges[axis] = slice(*bounds)
        part = once(array[tuple(ranges)])
        return spread(compressed(part), sizes) if is_view(part) and part.shape[-2:] == sizes[-2:] else None
    if layer.kind == "triangle":
        import numpy as np

        numbers, diagonal = compressed(array), told["diagonal"]
        ahead = np.arange(1 - sizes[-2], sizes[-1])
        kept = ahead >= diagonal if told["upper"] else ahead <= diagonal
        return spread(np.where(kept, numbers, np.zeros((), numbers.dtype)), sizes)
    return None
