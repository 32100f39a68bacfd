"""What one side's way to write a layer down has done to it: taken it apart, packed it, joined it with its neighbour."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Evidence, Layer, LayerGraph, Note, Undone
from parity.passes import COMPUTED_BEFORE, Computed, calls_of, told_functions

FUSED = "activation-fused"
PACKED = "packed-projections"

AS_THEY_ARE = {"elementwise", "where", "expand", "matmul", "einsum", "dense", "conv", "attention"}
"""Kinds that use what is stored as it is, where others have formulas of their own for it."""

Told = dict[str, tuple[str, ...]]
"""What was done to a layer, and the words for it."""


def differences(view: View) -> Iterator[Difference]:
    """Everything that was done to a layer on one side only; nothing of it changes what the layer does."""
    names = {weight.name for graph in (view.left, view.right) for weight in graph.weights if not weight.computed_of}
    for left, right in view.pairs:
        if left.kind == "region" == right.kind:
            continue
        mine, theirs = _told(view.left, left), _told(view.right, right)
        if Evidence.TENSORS in (view.left.evidence, view.right.evidence):
            # A file of tensors does not tell settings: that padding is one there would be a guess.
            mine, theirs = ({name: each[name] for name in each if name != Undone.PADDING} for each in (mine, theirs))
        for name in dict.fromkeys((*mine, *theirs)):
            if (name in mine) is not (name in theirs):
                values = mine.get(name), theirs.get(name)
                yield Difference(Topic.WRITTEN, Facet.STRUCTURE, left, right, name, *values)
        yield from _computed(left, right, names)


def _computed(left: Layer, right: Layer, names: set[str]) -> Iterator[Difference]:
    """Results that one side stores: those that a pass has found, and weights that the other side has as they are."""
    found = [each.attributes.get(COMPUTED_BEFORE) for each in (left, right)]
    for each in found:
        if isinstance(each, Computed) and None in found:
            values = found[0] and each.names, found[1] and each.names
            yield Difference(Topic.COMPUTED, Facet.STRUCTURE, left, right, each.roles[0], *values)
    alike = {weight.role for weight in left.weights} == {weight.role for weight in right.weights}
    if any(found) or not alike:
        return
    for weight in left.weights if left.kind in AS_THEY_ARE else ():
        other = right.weight(weight.role) if weight.role is not None else None
        # Of one that is made, too, but of what its file does not tell, nothing is known.
        if other is not None and () not in (weight.computed_of, other.computed_of):
            mine, theirs = (told_functions(calls_of(each, names)) for each in (weight, other))
            if mine != theirs:
                told = [tuple(sorted(each)) or None for each in (mine, theirs)]
                yield Difference(Topic.COMPUTED, Facet.STRUCTURE, left, right, str(weight.role), told[0], told[1])


def _told(graph: LayerGraph, layer: Layer) -> Told:
    found: Told = {}
    whole = len(set(layer.sources)) == 1
    for note in layer.notes:
        if whole and note.undone is Undone.DECOMPOSED:
            continue  # what one row of a model does is one layer to who reads it, whatever it computes inside
        name = _name(layer, note)
        found[name] = (*found.get(name, ()), note.text)
    if layer.kind == "dense" and any(weight.role == "kernel" and "[" in weight.storage for weight in layer.weights):
        found[PACKED] = tuple(weight.name for weight in layer.weights)
    # Keras keeps activations in other layers as a matter of course; in a file of operators something has moved it.
    maker = graph.producers.get(layer.inputs[0]) if layer.kind == "activation" and layer.inputs else None
    if graph.inference_only and maker is not None and maker.source == layer.source:
        found[FUSED] = (str(layer.attributes.get("function")),)
    return found


def _name(layer: Layer, note: Note) -> str:
    """What a difference is called: a layer that is taken apart by what it is, or what it computes."""
    what = str(layer.attributes.get("function") or layer.kind)
    return what.replace("_", " ") if note.undone is Undone.DECOMPOSED else note.undone.value
