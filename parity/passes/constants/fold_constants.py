"""What follows from numbers alone is computed: exporters do so, and the programs that they export do not.

Numbers that an operator works with become its own, as one that is written ``x + 1`` has them; where it has no place for
them, one layer makes them: ``fill`` and ``range`` where that says all, else ``constant``.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Evidence, Layer, LayerGraph
from parity.graph.diagonals import diagonals
from parity.graph.provenance import fuse
from parity.kinds import added_pattern, holding_operand, kind, marked_mask
from parity.passes._known import MOST, computed_of, known, numbers
from parity.passes._patterns import between
from parity.passes._rewrite import rewrite

MADE = {"fill", "range"}
EACH = {"activation", "elementwise"}
"""Kinds that do the same with each number, where they work along no axis."""


def fold_constants(graph: LayerGraph) -> LayerGraph:
    """Put numbers in the place of the layers that compute them."""
    if graph.evidence is not Evidence.GRAPH:
        return graph
    arrays = known(graph)
    replaced: dict[str, Layer] = {}
    aliases = {
        layer.outputs[0]: value for layer in graph.layers if (value := _always(graph, layer, arrays)) is not None
    }
    dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
    needed = set(graph.outputs)
    for layer in graph.layers:
        if layer.outputs and layer.outputs[0] in {*arrays, *aliases}:
            continue
        holds = _holding(graph, layer, arrays)
        needed.update(holds.inputs)
        if holds is not layer:
            replaced[layer.path] = holds
    needed.update(aliases.values())
    for layer in reversed(graph.layers):
        if not layer.outputs or layer.outputs[0] not in arrays:
            continue
        if layer.outputs[0] not in needed:
            dropped.add(layer.path)
            continue
        found = arrays[layer.outputs[0]]
        fits = layer.kind not in MADE and graph.shape(layer.outputs[0]) == found.shape
        made = _made(graph, layer, found) if fits else layer
        if made.kind != layer.kind:
            replaced[layer.path] = made
        else:
            needed.update(layer.inputs)
    equal = {layer.path: _of_equal_numbers(graph, layer) for layer in graph.layers}
    replaced |= {path: made for path, made in equal.items() if made is not None}
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _of_equal_numbers(graph: LayerGraph, layer: Layer) -> Layer | None:
    """What makes the numbers of a function of numbers that are all one, of however many these are."""
    filled = graph.producers.get(layer.inputs[0]) if len(layer.inputs) == len(layer.outputs) == 1 else None
    if filled is None or filled.kind != "fill" or layer.kind not in EACH or layer.weights:
        return None
    sizes = tuple(size if isinstance(size, int) else 1 for size in filled.attributes["size"])
    free = sizes != filled.attributes["size"] and 0 < prod(sizes) <= MOST
    told = {"operands", "axis"}.isdisjoint(layer.attributes) and isinstance(layer.attributes.get("operand", 0.0), float)
    if not (free and told and filled.inputs == ()):
        return None
    import numpy as np

    found = computed_of(graph, layer, [np.full(sizes, filled.attributes["value"], "float64")], {}, sizes)
    if found is None or found.shape != sizes or found.dtype.kind != "f":
        return None
    settings = {"value": float(found.ravel()[0]), "size": filled.attributes["size"]}
    made = replace(layer, kind="fill", attributes=settings, inputs=())
    return fuse(made, (layer, filled), "2 operators that compute constants")


def _always(graph: LayerGraph, layer: Layer, arrays: Mapping[str, Any]) -> str | None:
    """What a choice gives whose condition is the same everywhere."""
    settled = all(numbers(weight) is not None for weight in layer.weights)
    if layer.kind != "where" or not settled or not layer.outputs or layer.outputs[0] in arrays:
        return None
    import numpy as np

    places = layer.attributes.get("operands", ("value",) * len(layer.inputs))
    values = iter(layer.inputs)
    given: list[Any] = [
        (next(values) if place == "value" else None) if isinstance(place, str) else np.asarray(place)
        for place in places
    ]
    condition = arrays.get(given[0]) if isinstance(given[0], str) else given[0]
    if condition is None or not condition.size or not (condition == condition.flat[0]).all():
        return None
    chosen = given[1] if condition.flat[0] else given[2]
    if not isinstance(chosen, str) or graph.shape(chosen) is None:
        return None
    return chosen if graph.shape(chosen) == graph.shape(layer.outputs[0]) else None


def _holding(graph: LayerGraph, layer: Layer, arrays: Mapping[str, Any]) -> Layer:
    """The layer with the numbers among its inputs as its own, where its kind has a place for them."""
    at = next((at for at, value in enumerate(layer.inputs) if value in arrays), None)
    if len(layer.outputs) != 1:
        return layer
    if layer.kind == "elementwise" and len(layer.inputs) == len(layer.weights) == 1:
        return _of_stored(graph, layer)
    if layer.kind == "elementwise":
        plain = len(layer.inputs) == 2 and not layer.weights and not layer.attributes.get("operands")
        return _of_two(graph, layer, at, arrays[layer.inputs[at]]) if plain and at is not None else layer
    held = {at: array for at, each in enumerate(layer.weights) if (array := numbers(each)) is not None}
    if "operands" not in kind(layer.kind).attributes or (at is None and not held):
        return layer
    return _of_places(graph, layer, arrays, held)


def _of_places(graph: LayerGraph, layer: Layer, arrays: Mapping[str, Any], held: Mapping[int, Any]) -> Layer:
    """An operator with numbers in some of its places, which other layers compute or which are stored."""
    places = layer.attributes.get("operands", ("value",) * len(layer.inputs))
    values, stored = iter(layer.inputs), iter(range(len(layer.weights)))
    made = []
    for place in places:
        array = None
        if place == "value":
            array = arrays.get(next(values))
        elif place == "stored":
            array = held.get(next(stored))
        made.append(place if array is None else _plain(array))
    inputs = tuple(value for value in layer.inputs if value not in arrays)
    weights = tuple(each for at, each in enumerate(layer.weights) if at not in held)
    if not inputs:
        return layer
    parts = _parts(graph, layer, arrays)
    changed = replace(layer, attributes={**layer.attributes, "operands": tuple(made)}, inputs=inputs, weights=weights)
    return fuse(changed, parts, f"{len(parts)} operators that compute constants") if parts else changed


def _of_two(graph: LayerGraph, layer: Layer, at: int, array: Any) -> Layer:
    """A function of a value and of numbers that other layers compute."""
    value = layer.inputs[1 - at]
    attributes = _attributes(graph, layer, value, array, first=at == 0)
    if attributes is None:
        return layer
    parts = _parts(graph, layer, {layer.inputs[at]: array})
    made = replace(layer, attributes=attributes, inputs=(value,))
    return fuse(made, parts, f"{len(parts)} operators that compute constants")


def _of_stored(graph: LayerGraph, layer: Layer) -> Layer:
    """A function of a value and of stored numbers that no training changes."""
    array = numbers(layer.weights[0])
    shapes = layer.attributes.get("operand_shapes", ())
    if array is None or "operand" in layer.attributes or len(shapes) != 1 or prod(shapes[0]) != array.size:
        return layer
    first = bool(layer.attributes.get("operand_first"))
    attributes = _attributes(graph, layer, layer.inputs[0], array.reshape(shapes[0]), first=first)
    return layer if attributes is None else replace(layer, attributes=attributes, weights=())


def _attributes(graph: LayerGraph, layer: Layer, value: str, array: Any, *, first: bool) -> dict[str, Any] | None:
    """The attributes of a function that holds an array itself; None where that widens the value."""
    shape, function = graph.shape(value), layer.attributes["function"]
    if shape is None or array.ndim > len(shape):
        return None
    pattern = added_pattern(array) if function == "add" and array.ndim >= 3 and array.dtype.kind == "f" else None
    if pattern is not None:
        return marked_mask(pattern, _plain(array))
    operand = _plain(array.reshape(()) if array.size == 1 else array)
    return holding_operand(function, operand, shape, first=first)


def _parts(graph: LayerGraph, layer: Layer, arrays: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers that compute the numbers."""
    return between(graph, layer, *(value for value in layer.inputs if value not in arrays))[1:]


def _plain(array: Any) -> Any:
    """An array as numbers along its diagonals where it is a large one of these, else as nested tuples of floats."""

    def nested(rows: Any) -> Any:
        return tuple(map(nested, rows)) if isinstance(rows, list) else float(rows)

    return diagonals(array) or nested(array.tolist())


def _made(graph: LayerGraph, layer: Layer, array: Any) -> Layer:
    """The layer that makes an array."""
    import numpy as np

    flat = array.astype("float64").ravel()
    steps = np.diff(flat) if array.ndim == 1 else np.zeros(0)
    if (flat == flat[:1]).all() and flat.size:
        name, attributes = "fill", {"value": float(flat[0]), "size": array.shape}
    elif steps.size and (steps == steps[0]).all():
        stop = float(flat[-1] + steps[0])
        name, attributes = "range", {"start": float(flat[0]), "stop": stop, "step": float(steps[0])}
    else:
        name, attributes = "constant", {"numbers": tuple(flat.tolist()), "size": array.shape}
    parts = between(graph, layer)
    made = replace(layer, kind=name, attributes=attributes, inputs=(), weights=())
    return fuse(made, parts, f"{len(parts)} operators that compute constants")
