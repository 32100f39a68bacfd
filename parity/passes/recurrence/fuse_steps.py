"""Layers that an exporter has written down for each step of a sequence are run over all steps.

Keras on PyTorch takes the steps one by one where a layer is time distributed, and puts what they give side by side.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.graph.provenance import fuse
from parity.passes._copies import original
from parity.passes._patterns import between
from parity.passes._rewrite import rewrite
from parity.passes.recurrence._sequences import row, taken_of

LEAST = 2
"""Steps of which it is seen that all are treated alike."""

LAYOUT = {"function", "units", "in_features", "operand", "operand_first", "operand_shapes", "operand_axis"}
"""The settings of a layer that does the same whatever axes its input has in front."""


def fuse_steps(graph: LayerGraph) -> LayerGraph:
    """Make one run of layers of those of all steps; the layers of a step go where nothing else needs them."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        plain = layer.kind == "concat" and layer.attributes["axis"] == 0 and not layer.weights
        if not plain or len(layer.inputs) < LEAST:
            continue
        runs = [_run(graph, row(graph, value)[0]) for value in layer.inputs]
        first = runs[0]
        if first is None or not first[1] or not _is_whole(graph, layer, runs):
            continue
        sequence, run = first[0], first[1]
        made, value = [], sequence
        for each in run:
            name = f"{each.outputs[0]}:steps"
            told = graph.values[each.outputs[0]]
            values[name] = replace(told, shape=(len(runs), *(told.shape or ())), axes=None)
            made.append(replace(each, path=f"{each.path}:steps", inputs=(value,), outputs=(name,)))
            value = name
        parts = between(graph, layer, sequence)
        last = replace(made.pop(), outputs=layer.outputs)
        replaced[layer.path] = fuse(last, parts, f"{layer.source} concatenates the steps of a sequence")
        before[layer.path] = tuple(made)
    return rewrite(graph, replaced=replaced, before=before, values=values)


Run = tuple[str, list[Layer], int, int]


def _run(graph: LayerGraph, value: str) -> Run | None:
    """The sequence of which a value is one step after some layers, these, which step it is, and of how many."""
    layers: list[Layer] = []
    while (taken := taken_of(graph, value)) is None:
        layer = graph.producers.get(value)
        if layer is None or not _is_alike(layer):
            return None
        layers.insert(0, layer)
        (value,) = layer.inputs
    return taken.sequence, layers, taken.at, taken.steps


def _is_alike(layer: Layer) -> bool:
    """Whether a layer does the same to each row of what comes in."""
    if layer.kind not in {"dense", "activation", "elementwise"} or len(layer.inputs) != 1 or len(layer.outputs) != 1:
        return False
    vectors = layer.kind == "dense" or all(len(weight.shape) == 1 for weight in layer.weights)
    along = layer.kind == "dense" or not layer.weights or layer.attributes.get("operand_axis") == -1
    number = isinstance(layer.attributes.get("operand", 0.0), float)
    return vectors and along and number and set(layer.attributes) <= LAYOUT


def _is_whole(graph: LayerGraph, layer: Layer, runs: Sequence[Run | None]) -> bool:
    """Whether all steps of one sequence are treated alike, and come out in their order."""
    found = [each for each in runs if each is not None]
    sequence, run, _, steps = found[0]
    places = [at for _, _, at, _ in found] == list(range(steps)) == list(range(len(runs)))
    wide = graph.shape(layer.outputs[0]), graph.shape(run[-1].outputs[0]) if run else None
    fits = wide[0] is not None and wide[1] is not None and wide[0] == (steps, *wide[1])
    return fits and places and all(name == sequence and _same(run, other) for name, other, _, _ in found)


def _same(run: Sequence[Layer], other: Sequence[Layer]) -> bool:
    return [_told(each) for each in run] == [_told(each) for each in other]


def _told(layer: Layer) -> tuple[object, ...]:
    settings = sorted(layer.attributes.items(), key=lambda each: each[0])
    return layer.kind, settings, [(weight.role, original(weight)) for weight in layer.weights]
