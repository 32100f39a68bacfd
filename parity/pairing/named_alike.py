"""A model without wiring, and another of its framework whose stored tensors have the same names: it has them likewise.

The sizes of a square matrix do not tell which way round it is, and nothing but calls shows that a dense layer is
queries, keys and values. Where tensors of one framework have one name and one shape, what one side shows of them holds
for the other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from parity.graph import Evidence, Framework, Layer, LayerGraph, Weight

EXPORTED = {Framework.TORCH, Framework.ONNX}
"""PyTorch's exporters keep the names of parameters, and how those lie."""


def named_alike(mine: LayerGraph, other: LayerGraph) -> LayerGraph:
    """A model without wiring with its matrices as the other one has those of the same names."""
    named = mine.framework is other.framework or {mine.framework, other.framework} == EXPORTED
    if mine.evidence is Evidence.GRAPH or not named:
        return mine
    parts: dict[str, list[Layer]] = {}
    told: dict[str, Weight] = {}
    for layer in other.layers:
        kernel = layer.weight("kernel")
        if layer.kind == "dense" and kernel is not None:
            parts.setdefault(kernel.whole, []).append(layer)
            told[kernel.name] = kernel
    turned = [_turned(layer, told) for layer in mine.layers]
    uses = Counter(weight.storage for layer in mine.layers for weight in layer.weights)
    layers = [
        each
        for layer in turned
        for each in ([layer] if any(uses[weight.storage] > 1 for weight in layer.weights) else _split(layer, parts))
    ]
    if tuple(layers) == mine.layers:
        return mine
    weights = {weight.name: weight for layer in layers for weight in layer.weights}
    gone = {weight.name for layer in mine.layers for weight in layer.weights} - {*weights}
    kept = {weight.name: weight for weight in mine.weights if weight.name not in gone}
    return replace(mine, layers=tuple(layers), weights=tuple({**kept, **weights}.values()))


def _turned(layer: Layer, told: dict[str, Weight]) -> Layer:
    """A dense layer with its square kernel the way round that the other side's of that name is."""
    kernel = layer.weight("kernel")
    twin = told.get(kernel.name) if kernel is not None and layer.kind == "dense" else None
    if kernel is None or twin is None or twin.shape != kernel.shape or kernel.shape[0] != kernel.shape[-1]:
        return layer
    if sorted(twin.axes.split()) != sorted(kernel.axes.split()):
        return layer
    return replace(layer, weights=tuple(replace(w, axes=twin.axes) if w is kernel else w for w in layer.weights))


def _split(layer: Layer, parts: dict[str, list[Layer]]) -> Iterator[Layer]:
    """A dense layer as as many as the other side has of it."""
    kernel = layer.weight("kernel")
    twins = parts.get(kernel.name, []) if kernel is not None and layer.kind == "dense" else []
    found = [_part(layer, twin, at) for at, twin in enumerate(twins)]
    made = [each for each in found if each is not None]
    if not made or len(made) < len(twins) or not all(_is_filled(layer, role, made) for role in ("kernel", "bias")):
        yield layer
    else:
        yield from made


def _part(layer: Layer, twin: Layer, at: int) -> Layer | None:
    weights = []
    for weight in layer.weights:
        other = twin.weight(weight.role or "")
        if other is None or other.whole != weight.name or len(other.cuts) != 1 or other.cuts[0].shape != weight.shape:
            return None
        own = weight.part(other.cuts[0].window, other.shape, name=other.name, storage=f"{weight.storage}:{at}")
        weights.append(replace(own, axes=other.axes))
    if len(weights) != len(twin.weights):
        return None
    units = {"units": twin.attributes.get("units")}
    return replace(layer, path=f"{layer.path}:{at}", attributes={**layer.attributes, **units}, weights=tuple(weights))


def _is_filled(layer: Layer, role: str, made: Sequence[Layer]) -> bool:
    """Whether parts of a weight lie one after the other along one axis, from its beginning to its end."""
    whole = layer.weight(role)
    if whole is None:
        return True
    windows = [each.cuts[0].window for part in made if (each := part.weight(role)) is not None]
    long = [at for at, size in enumerate(whole.shape) if any(window[at] != (0, size) for window in windows)]
    if len(long) != 1:
        return False
    sides = sorted(window[long[0]] for window in windows)
    return sides[0][0] == 0 and sides[-1][1] == whole.shape[long[0]] and all(a[1] == b[0] for a, b in pairwise(sides))
