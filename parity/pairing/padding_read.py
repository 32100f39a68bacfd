"""Masks of attention that both models compute of one input that tells words from padding, each in its own way.

What a mask lets through is looked at for several such inputs. Where it always is just the words, or just those up to
the place of the query, the input itself stands for it. Samples that are nothing but padding are not looked at.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Undone, Value
from parity.kinds import BLOCKED, reshaped
from parity.passes._known import ON_NUMBERS, known
from parity.passes._rewrite import rewrite
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code

LOOKS = 12
"""So many inputs are tried, at random; a place that is read wrongly shows in all of them but one in 2**12."""

ATTENDS, BLOCKS = "attends", "blocks"
Reading = tuple[str, str, bool]
"""The input, what it says, and whether later places are blocked too."""


def padding_read(left: LayerGraph, right: LayerGraph) -> tuple[LayerGraph, LayerGraph]:
    """Let the input stand for the masks, where all of both sides can be read so."""
    sides = [_readings(graph) for graph in (left, right)]
    if not sides[0] or not sides[1] or len(sides[0]) != len(sides[1]):
        return left, right
    return _read(left, sides[0]), _read(right, sides[1])


def _read(graph: LayerGraph, readings: dict[str, Reading]) -> LayerGraph:
    """The graph with attention that takes the input, with axes of one element for heads and queries."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        if layer.path in readings:
            given, says, causal = readings[layer.path]
            note = Note(Undone.MASK, f"its mask is computed of {given}")
            attributes = {**layer.attributes, "mask": says, "causal": causal}
            laid = f"{given}:mask"
            if laid not in values:
                value = graph.values[given]
                batch, steps = value.shape or (None, None)
                values[laid] = Value((batch, 1, 1, steps), value.dtype)
                told = reshaped((batch, steps), (batch, 1, 1, steps))
                before[layer.path] = (Layer(laid, "reshape", told, (), (given,), (laid,), layer.sources, layer.op),)
            inputs = (*layer.inputs[:3], laid)
            replaced[layer.path] = replace(layer, attributes=attributes, inputs=inputs, notes=(*layer.notes, note))
    return eliminate_dead_code(rewrite(graph, replaced=replaced, before=before, values=values))


def _readings(graph: LayerGraph) -> dict[str, Reading]:
    """What each masked attention reads, by its path; nothing where that cannot be said of all of them."""
    masked = [layer for layer in graph.layers if layer.kind == "attention" and len(layer.inputs) == 4]
    masked = [layer for layer in masked if not layer.attributes["causal"]]
    found: dict[str, Reading] = {}
    of_value: dict[tuple[str, Any], Reading | None] = {}
    for layer in masked:
        key = layer.inputs[-1], layer.attributes["mask"]
        if key not in of_value:
            of_value[key] = _reading(graph, *key)
        reading = of_value[key]
        if reading is None:
            return {}
        found[layer.path] = reading
    return found


def _reading(graph: LayerGraph, mask: str, says: Any) -> Reading | None:
    """What one mask reads."""
    steps, inputs = _origin(graph, mask)
    if len(inputs) != 1 or not all(layer.kind in ON_NUMBERS for layer in steps):
        return None
    (given,) = inputs
    value = graph.values.get(given)
    users = graph.consumers.get(given, ())
    if (
        value is None
        or value.shape is None
        or len(value.shape) != 2
        or any(each.kind not in ON_NUMBERS for each in users)
    ):
        return None
    if not (value.dtype or "").startswith(("int", "bool")) or not all(isinstance(size, int) for size in value.shape):
        return None
    import numpy as np

    part = replace(graph, layers=steps)
    readings = set(ALL_READINGS)
    for padding in _examples(np, value.shape):
        array = known(part, {given: padding.astype("bool" if value.dtype == "bool" else "int64")}).get(mask)
        lets = _lets(array, says)
        if lets is None or lets.ndim > 4:
            return None
        readings &= set(_fitting(np, lets, padding))
    return (given, *readings.pop()) if len(readings) == 1 else None


ALL_READINGS = tuple((says, causal) for says in (ATTENDS, BLOCKS) for causal in (False, True))


def _origin(graph: LayerGraph, value: str) -> tuple[tuple[Layer, ...], set[str]]:
    """The layers that lead to a value from the model's inputs, and these inputs."""
    needed, inputs, steps = {value}, set[str](), list[Layer]()
    for layer in reversed(graph.layers):
        if needed.isdisjoint(layer.outputs):
            continue
        if layer.kind == "input":
            inputs.update(needed.intersection(layer.outputs))
            continue
        steps.append(layer)
        needed.update(layer.inputs)
    return tuple(steps[::-1]), inputs


def _examples(np: Any, shape: Any) -> Iterator[Any]:
    """Inputs of ones and zeros, with a word in each sample."""
    random = np.random.default_rng(0)
    for _ in range(LOOKS):
        padding = random.integers(0, 2, shape)
        padding[:, random.integers(0, shape[1])] = 1
        yield padding


def _lets(array: Any, says: Any) -> Any:
    """Where a mask lets something through; None where its numbers do more than that."""
    if array is None:
        return None
    if says in {ATTENDS, BLOCKS}:
        return (array if says == ATTENDS else ~array) if array.dtype == bool else None
    lets = array == 0
    return lets if says == "adds" and bool((lets | (array <= BLOCKED)).all()) else None


def _fitting(np: Any, lets: Any, padding: Any) -> Iterator[tuple[str, bool]]:
    """The readings by which a mask is what it is for an input."""
    lets = lets.reshape((1,) * (4 - lets.ndim) + lets.shape)
    if lets.shape[-1] != padding.shape[1] or lets.shape[0] not in {1, padding.shape[0]}:
        return
    for says, causal in ALL_READINGS:
        wanted = (padding != 0 if says == ATTENDS else padding == 0)[:, None, None, :]
        if causal:
            wanted = wanted & np.tril(np.ones((lets.shape[-2], lets.shape[-1]), "bool"))
        shape = np.broadcast_shapes(wanted.shape, lets.shape)
        if np.array_equal(np.broadcast_to(wanted, shape), np.broadcast_to(lets, shape)):
            yield says, causal
