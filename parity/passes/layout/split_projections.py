"""A dense layer whose output is taken apart, each part by itself, is as many dense layers: queries, keys and values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parity.graph import Layer, LayerGraph, Value, Weight
from parity.passes._rewrite import rewrite
from parity.rearrange.axes_algebra import Factor, Form
from parity.rearrange.chains import chain_to, form_of, layers_for, rearranges


@dataclass(frozen=True)
class _Part:
    """A range of units, the layer that takes it, and what is done to it."""

    start: int
    stop: int
    taker: Layer
    form: Form


def split_projections(graph: LayerGraph) -> LayerGraph:
    """Give each part the columns of the kernel that it comes of."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    values: dict[str, Value] = {}
    cuts: dict[str, dict[str, Weight]] = {}
    for layer, parts in _split(graph):
        shape, made = graph.shape(layer.outputs[0]), graph.values.get(layer.outputs[0])
        if shape is None or made is None:
            continue
        for at, part in enumerate(parts):
            weights = tuple(_cut(weight, part) for weight in layer.weights)
            for weight, own in zip(layer.weights, weights, strict=True):
                cuts.setdefault(weight.name, {})[own.storage] = own
            output, size = f"{layer.outputs[0]}:{at}", part.stop - part.start
            one = replace(
                layer,
                path=f"{layer.path}:{at}",
                attributes={**layer.attributes, "units": size},
                weights=weights,
                outputs=(output,),
            )
            values[output] = Value((*shape[:-1], size), made.dtype)
            ends = output, (*shape[:-1], size), part.taker.outputs[0]
            moved = layers_for(part.form, ends, part.taker, made.dtype)
            values |= moved.values
            if moved.layers:
                before[part.taker.path] = (one, *moved.layers[:-1])
                replaced[part.taker.path] = moved.layers[-1]
            else:
                replaced[part.taker.path] = replace(one, outputs=part.taker.outputs)
        dropped.add(layer.path)
    done = rewrite(graph, replaced=replaced, before=before, dropped=dropped, values=values)
    if done is graph:
        return graph
    kept = (own for weight in graph.weights for own in cuts.get(weight.name, {"": weight}).values())
    return replace(done, weights=tuple(kept))


def _split(graph: LayerGraph) -> list[tuple[Layer, list[_Part]]]:
    """The layers to take apart, and their parts.

    Weights that several layers use, such as equal biases that an exporter stored once, are cut where all cut alike.
    """
    found = {layer.path: (layer, parts) for layer in graph.layers if (parts := _parts(graph, layer))}
    users: dict[str, list[str]] = {}
    for layer in graph.layers:
        for weight in layer.weights:
            users.setdefault(weight.storage, []).append(layer.path)
    while True:
        ends = {path: [part.stop for part in parts] for path, (_, parts) in found.items()}
        torn = [
            path
            for path, (layer, _) in found.items()
            if any(ends.get(user) != ends[path] for weight in layer.weights for user in users[weight.storage])
        ]
        if not torn:
            return list(found.values())
        for path in torn:
            del found[path]


def _parts(graph: LayerGraph, layer: Layer) -> list[_Part]:
    """The parts of a dense layer's output that are taken, in order; none where anything looks at more than one."""
    if layer.kind != "dense" or len(layer.inputs) != 1 or layer.attributes.get("axis", -1) != -1:
        return []
    units, shape = layer.attributes["units"], graph.shape(layer.outputs[0])
    fits = all(weight.role in {"kernel", "bias"} and _units_axis(weight) is not None for weight in layer.weights)
    if shape is None or not fits or not layer.weights or shape[-1] != units:
        return []
    takers = _takers(graph, layer.outputs[0])
    found = [_part(graph, layer, taker, units) for taker in takers]
    parts = sorted((part for part in found if part is not None), key=lambda part: part.start)
    ends = [0, *(part.stop for part in parts)]
    whole = len(parts) == len(takers) > 1 and [part.start for part in parts] == ends[:-1] and ends[-1] == units
    return parts if whole else []


def _takers(graph: LayerGraph, value: str) -> list[Layer]:
    """The layers that look at a value, be it after rearrangements; those of an output are never all."""
    found: list[Layer] = []
    waiting = [value]
    while waiting and len(found) < LIMIT:
        each = waiting.pop()
        users = graph.consumers.get(each, ())
        if each in graph.outputs or not users:
            return []
        found += [user for user in users if not rearranges(user)]
        waiting += [user.outputs[0] for user in users if rearranges(user)]
    return found


LIMIT = 16
"""More takers than this are no queries, keys and values."""


def _part(graph: LayerGraph, layer: Layer, taker: Layer, units: int) -> _Part | None:
    """The units that a selection or slice takes, if they are a whole range."""
    take = TAKES.get(taker.kind)
    if take is None or len(taker.inputs) != 1 or taker.weights or len(taker.outputs) != 1:
        return None
    chain, shape = chain_to(graph, taker.inputs[0]), graph.shape(layer.outputs[0])
    first = chain[0].inputs[0] if chain else taker.inputs[0]
    form = form_of(graph, chain, shape) if first == layer.outputs[0] else None
    return take(taker, form, len(shape) - 1, units) if form is not None and shape is not None else None


def _selected(taker: Layer, form: Form, last: int, units: int) -> _Part | None:
    axis, index = taker.attributes["axis"], taker.attributes["index"]
    if type(axis) is not int or type(index) is not int or not -len(form) <= axis < len(form):
        return None
    at = axis % len(form)
    count, stride = (
        (form[at][0].size, form[at][0].stride) if len(form[at]) == 1 and form[at][0].axis == last else (0, 0)
    )
    if (
        not isinstance(count, int)
        or not isinstance(stride, int)
        or stride * count != units
        or not -count <= index < count
    ):
        return None
    start = index % count * stride
    return _Part(start, start + stride, taker, (*form[:at], *form[at + 1 :]))


def _sliced(taker: Layer, form: Form, last: int, units: int) -> _Part | None:
    axes, bounds = taker.attributes["axes"], taker.attributes["bounds"]
    if len(axes) != 1 or form[axes[0] % len(form)] != (Factor(last, 1, units),):
        return None
    start, stop, step = slice(*bounds[0]).indices(units)
    own = (Factor(last, 1, stop - start),)
    at = axes[0] % len(form)
    return _Part(start, stop, taker, (*form[:at], own, *form[at + 1 :])) if step == 1 and start < stop else None


TAKES = {"select": _selected, "slice": _sliced}
"""Kinds that take a part of an axis."""


def _units_axis(weight: Weight) -> int | None:
    """The axis of a stored weight that runs over the units."""
    names: Sequence[str] = weight.axes.split()
    plain = "out" in names and len(names) == len(weight.shape)
    return names.index("out") if plain else None


def _cut(weight: Weight, part: _Part) -> Weight:
    """The rows of a part; of a weight that is a part itself, told as rows of the whole."""
    axis = _units_axis(weight)
    window = [(part.start, part.stop) if at == axis else (0, size) for at, size in enumerate(weight.shape)]
    shape = tuple(stop - start for start, stop in window)
    name, storage, starts = weight.name, weight.storage, [0] * len(window)
    inner = PART.fullmatch(storage)
    if inner is not None and inner["starts"].count(":") == len(window):
        storage, name = inner["whole"], name.removesuffix(f"[{inner['starts']}]")
        starts = [int(each.partition(":")[0]) for each in inner["starts"].split(",")]
    mark = ",".join(f"{start + at}:{stop + at}" for (start, stop), at in zip(window, starts, strict=True))
    cut = weight.part(tuple(window), shape, name=f"{name}[{mark}]", storage=f"{storage}[{mark}]")
    return replace(cut, numbers=weight.numbers)


PART = re.compile(r"(?P<whole>.*)\[(?P<starts>\d+:\d+(,\d+:\d+)*)\]", re.DOTALL)
"""What the storage of a part of a tensor is called."""
