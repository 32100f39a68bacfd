"""Two calls of one operator, of which one has a setting that nobody has read: it makes another number."""

from collections.abc import Iterator, Mapping

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Framework, Layer, LayerGraph

OPSET = "__opset__"

AXES = ("axis", "axes")
"""Settings that are numbered from either end."""


def differences(view: View) -> Iterator[Difference]:
    """Each layer that no kind spells, where the other side has the same operator there in a form that one does.

    Two calls of one operator on the same sizes, of which one is spelled and the other is not, differ in a setting; in
    ONNX that is written down where it matters, and what changes nothing is known to (``_meaningless``).
    """
    if {view.left.framework, view.right.framework} != {Framework.ONNX}:
        return
    for of_left in (True, False):
        own, other = (view.left, view.right) if of_left else (view.right, view.left)
        alignment = view.alignment
        mine, theirs = (alignment.left_only, alignment.right_only)[:: 1 if of_left else -1]
        layers, others = (view.left_layers, view.right_layers)[:: 1 if of_left else -1]
        by_place = {(others[path].op, _origin(other, others[path])): others[path] for path in theirs}
        for path in mine:
            layer = layers[path]
            place = _counterpart(view, own, layer, of_left=of_left) if layer.kind == "opaque" else None
            found = by_place.get((layer.op, place)) if place is not None else None
            told = {name: value for name, value in layer.attributes.get("settings", {}).items() if name != OPSET}
            doubtful = any(gap.where == layer.source for gap in own.gaps)
            if found is None or found.kind == "opaque" or not told or doubtful:
                continue
            if _of_one_size(own, layer, other, found):
                pair = (layer, found) if of_left else (found, layer)
                values = (told, None) if of_left else (None, told)
                yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, *pair, "settings", *values)


def _of_one_size(own: LayerGraph, layer: Layer, other: LayerGraph, found: Layer) -> bool:
    """Whether both take the same sizes, of which none is free."""
    shapes = own.shape(layer.inputs[0]), other.shape(found.inputs[0])
    return shapes[0] is not None and shapes[0] == shapes[1] and len(layer.weights) == len(found.weights)


def _origin(graph: LayerGraph, layer: Layer) -> str | None:
    maker = graph.producers.get(layer.inputs[0]) if layer.inputs else None
    return maker.path if maker is not None else None


def _counterpart(view: View, graph: LayerGraph, layer: Layer, *, of_left: bool) -> str | None:
    """The layer of the other side that makes what the first input is there."""
    path = _origin(graph, layer)
    partners: Mapping[str, str] = view.alignment.to_right if of_left else view.alignment.to_left
    return partners.get(path) if path is not None else None
