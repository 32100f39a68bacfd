"""Layers that do the same with the same inputs or the same stored tensor are one: exporters compute it once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Undone, Unknown, Weight
from parity.kinds import COMMUTATIVE, acts_in_training
from parity.passes._rewrite import rewrite

OWN = {"opaque", "input", "unused"}
"""Kinds of which two need not be the same though all that is told of them is."""


def eliminate_common_subexpressions(graph: LayerGraph) -> LayerGraph:
    """Let the first of equal layers stand for all, and so for what follows them."""
    aliases: dict[str, str] = {}
    first: dict[str, Layer] = {}
    twins: dict[str, list[Layer]] = {}
    for layer in graph.layers:
        if not _is_pure(layer):
            continue
        mark = _mark(layer, aliases)
        found = first.setdefault(mark, layer)
        if found is not layer:
            twins.setdefault(found.path, []).append(layer)
            aliases |= dict(zip(layer.outputs, found.outputs, strict=True))
    one = {layer.path: layer for layer in first.values() if layer.path in twins}
    replaced = {path: _joined(one[path], others) for path, others in twins.items()}
    dropped = {each.path for others in twins.values() for each in others}
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _is_pure(layer: Layer) -> bool:
    """Whether a layer gives the same whenever its inputs are, and all of that is told."""
    plain = bool(layer.inputs) or _only_stored(layer)
    plain = plain and bool(layer.outputs) and layer.kind not in OWN and not layer.attributes.get("stateful")
    return plain and not acts_in_training(layer) and _is_told(layer.attributes)


def _only_stored(layer: Layer) -> bool:
    """Whether a layer works on stored operands alone."""
    return bool(layer.weights) and all((weight.role or "").startswith("operand") for weight in layer.weights)


def _is_told(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_told, value.values()))
    return all(map(_is_told, value)) if isinstance(value, tuple) else not isinstance(value, Unknown)


def _mark(layer: Layer, aliases: Mapping[str, str]) -> str:
    inputs = [aliases.get(value, value) for value in layer.inputs]
    if layer.attributes.get("function") in COMMUTATIVE:
        inputs.sort()
    settings = sorted(layer.attributes.items(), key=lambda each: each[0])
    return repr((layer.kind, settings, inputs, [*map(_stored, layer.weights)], len(layer.outputs)))


def _stored(weight: Weight) -> tuple[Any, ...]:
    """What a tensor is, by whichever of its names: ONNX names one anew by handing it on."""
    made = (weight.pieces, weight.whole, weight.cuts, weight.joined)
    name = weight.name if any(made) else ""
    return weight.role, name, weight.storage, weight.axes, weight.shape, weight.factor


def _joined(layer: Layer, others: list[Layer]) -> Layer:
    sources = dict.fromkeys(source for each in (layer, *others) for source in each.sources)
    notes = dict.fromkeys(note for each in (layer, *others) for note in each.notes)
    text = f"{', '.join(dict.fromkeys(each.source for each in (layer, *others)))} do the same with the same input"
    return replace(layer, sources=tuple(sources), notes=(*notes, Note(Undone.TWINS, text)))
