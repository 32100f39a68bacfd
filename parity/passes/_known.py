"""The values of a graph that follow from numbers alone, computed: arithmetic on places, masks, tables of angles."""

from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Any

from parity.graph import Census, Layer, LayerGraph, Shape, Weight
from parity.graph.diagonals import elementwise, is_view
from parity.kinds import Given, Stored, Uncomputable
from parity.passes._along import along
from parity.passes._grids import Grid

MOST = 1 << 20
"""Values of more elements are left alone."""

OPERATIONS = 1 << 24
"""So many operations may one of these layers take."""

IN_ALL = 1 << 24
"""So many elements are computed for a graph, and then no more."""

UNTRAINED = frozenset({Census.CONSTANT, Census.NONPERSISTENT, Census.STATE, Census.FROZEN})
"""Classes of weights whose numbers stay what they are."""

FOR_ANY_BATCH = {"elementwise", "cast", "fill"}
"""Kinds that make of numbers the same for each sample, of which a free batch has one then."""

PICKS = {"slice", "select", "gather"}
"""Kinds that give some samples out of all."""

ON_NUMBERS = frozenset(
    [
        *("activation", "cast", "concat", "constant", "cumulate", "elementwise", "expand", "fill", "flatten", "gather"),
        *("identity", "matmul", "permute", "range", "reduce", "reshape", "resize", "scatter", "select", "slice"),
        *("stack_axis", "tile", "triangle", "where"),
    ]
)
"""Kinds that exporters and programs make numbers by."""

Arrays = list[Any]


def known(graph: LayerGraph, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The array of each value that layers make of numbers alone, and of values that are given.

    A large one whose numbers are the same along each diagonal is a view of these, whatever its size.
    """
    found: dict[str, Any] = dict(given or {})
    grids: dict[str, Grid] = {}
    left = IN_ALL
    for layer in graph.layers:
        if left <= 0 or layer.kind not in ON_NUMBERS or len(layer.outputs) != 1:
            continue
        inputs = [found.get(value, grids.get(value)) for value in layer.inputs]
        if any(each is None for each in inputs):
            continue
        array = computed(graph, layer, inputs)
        if isinstance(array, Grid):
            grids[layer.outputs[0]] = array
        elif array is not None:
            value = graph.values.get(layer.outputs[0])
            told = (value.dtype if value else None) or ""
            found[layer.outputs[0]] = elementwise(partial(_typed, dtype=told), array)
            left -= sum(array.shape[-2:]) if is_view(array) else array.size
    return found


def numbers(weight: Weight) -> Any:
    """The elements of a weight that no training changes; None where they are not known."""
    if weight.numbers is None or weight.census not in UNTRAINED:
        return None
    import numpy as np

    single = weight.dtype in {"float16", "bfloat16", "float32"}
    return np.asarray(weight.numbers, "float32" if single else None).reshape(weight.shape)


def computed(graph: LayerGraph, layer: Layer, inputs: Arrays) -> Any:
    """The array that a layer of known shape makes of arrays, or None where it does not follow.

    Args:
        graph: what the layer is of.
        layer: one with a single output.
        inputs: an array for each of its inputs, or a ``Grid``, as what comes out may be one.
    """
    shape = graph.shape(layer.outputs[0])
    if layer.kind not in FOR_ANY_BATCH | PICKS and any(map(_is_of_any_batch, map(graph.shape, layer.inputs))):
        return None  # how many samples there are counts: in a sum over them
    if _is_of_any_batch(shape) and layer.kind in FOR_ANY_BATCH:
        shape = (1, *(shape or ())[1:])
    sizes = tuple(size for size in shape or () if isinstance(size, int))
    if shape is None or len(sizes) < len(shape):
        return None
    stored = {str(weight.role): numbers(weight) for weight in layer.weights}
    if any(each is None for each in stored.values()):
        return None
    made = along(graph, layer, inputs, stored, sizes, computed_of)
    if made is not None or prod(sizes) > MOST or any(isinstance(each, Grid) for each in inputs):
        return made
    found = computed_of(graph, layer, inputs, stored, sizes)
    return found if found is not None and found.shape == sizes else None


def _is_of_any_batch(shape: Shape | None) -> bool:
    return shape is not None and len(shape) > 0 and not isinstance(shape[0], int)


def computed_of(
    graph: LayerGraph, layer: Layer, inputs: Arrays, stored: Mapping[str, Any], shape: tuple[int, ...]
) -> Any:
    """What a layer makes of arrays and of stored tensors by role; None where that cannot be computed."""
    import numpy as np

    from parity.evaluation import Budget, plain
    from parity.evaluation import computed as evaluated

    budget = Budget(operations=OPERATIONS, at_once=OPERATIONS, elements=MOST)
    try:
        held = {role: Stored(plain(np.asarray(array))) for role, array in stored.items()}
        arrays = tuple(plain(np.asarray(array)) for array in inputs)
        given = Given(layer.attributes, arrays, (shape,), held, graph.framework, budget.spend, budget.makes)
        with np.errstate(all="ignore"):
            (made, *_) = evaluated(graph, layer, given)
    except Uncomputable:
        return None
    return made if made.dtype.kind != "c" else None  # what is folded is written down as real numbers


def _typed(array: Any, dtype: str) -> Any:
    """An array as numbers of a type, as far as that loses nothing."""
    kind = array.dtype.kind
    if dtype.startswith("float"):
        return array.astype("float64" if dtype == "float64" else "float32")
    if dtype == "bool" and kind in "iuf" and ((array == 0) | (array == 1)).all():
        return array.astype(bool)
    if dtype.startswith(("int", "uint")) and kind == "f" and not (array % 1).any():
        return array.astype("int64")
    return array
