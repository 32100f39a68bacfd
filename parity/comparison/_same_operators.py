"""Two calls of one operator that differ in a setting which nobody has read: whatever it means, it is another number.

In ONNX an attribute is written down where it matters, and in one way; what changes nothing is known to.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Framework, Layer, LayerGraph

OPSET = "__opset__"

AXES = ("axis", "axes")
"""Settings that are numbered from either end."""

STANDARD = ("onnx.", "onnx:com.microsoft.")
"""How the names of operators begin that documents tell of."""


def one_setting(view: View, left: Layer, right: Layer) -> Difference | None:
    """The setting in which two unsupported operators differ, if they are the same otherwise."""
    if not _of_onnx(view) or right.kind != "opaque":
        return None
    mine, theirs = left.attributes, right.attributes
    known = str(mine["operator"]).startswith(STANDARD)  # what a stranger's operator does with it nobody can tell
    same = known and mine["operator"] == theirs["operator"] and len(left.inputs) == len(right.inputs)
    sizes = [[weight.shape for weight in layer.weights] for layer in (left, right)]
    if not same or sizes[0] != sizes[1]:
        return None
    settings = [mine["settings"], theirs["settings"]]
    if _is_standard(left):
        settings = [_with_default(own, other, left.op) for own, other in (settings, settings[::-1])]
    apart = [name for name in {**settings[0], **settings[1]} if settings[0].get(name) != settings[1].get(name)]
    if len(apart) != 1 or not all(apart[0] in each for each in settings):
        return None
    values = settings[0][apart[0]], settings[1][apart[0]]
    if not all(_is_number(value) for value in values) or apart[0] in {OPSET, *AXES}:
        return None  # axes are numbered from either end
    return Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, apart[0], *values)


def _with_default(settings: Mapping[str, Any], others: Mapping[str, Any], op: str) -> Mapping[str, Any]:
    """The settings of an operator, with what the standard says of the only one that another call of it writes down."""
    absent = [name for name in others if name not in settings]
    opset = settings.get(OPSET)
    if len(absent) != 1 or not isinstance(opset, int):
        return settings
    import onnx

    if not onnx.defs.has(op, opset):
        return settings
    told = onnx.defs.get_schema(op, opset).attributes.get(absent[0])
    if told is None or not told.default_value.type:
        return settings
    default = onnx.helper.get_attribute_value(told.default_value)
    return {**settings, absent[0]: default.decode() if isinstance(default, bytes) else default}


def _is_number(value: Any) -> bool:
    """Whether a setting is a word, a number, or a row of them; graphs inside a node may say one thing in two ways."""
    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value.isidentifier())


def differences(view: View) -> Iterator[Difference]:
    """Each layer that is not supported, where the other side has the same operator there in a form that one does.

    Two calls of one operator on the same sizes, of which one is spelled and the other is not, differ in a setting.
    """
    if not _of_onnx(view):
        return
    alignment = view.alignment
    sides = (
        (view.left, view.left_layers, alignment.left_only, alignment.to_right),
        (view.right, view.right_layers, alignment.right_only, alignment.to_left),
    )
    for at, (graph, layers, lone, partners) in enumerate(sides):
        other, others, theirs, _ = sides[1 - at]
        by_place = {(others[path].op, _origin(other, others[path])): others[path] for path in theirs}
        doubtful = {gap.where for gap in graph.gaps}
        for layer in (each for each in map(layers.__getitem__, lone) if _is_standard(each)):
            place = partners.get(_origin(graph, layer) or "")
            found = by_place.get((layer.op, place)) if place is not None and layer.source not in doubtful else None
            told = {name: value for name, value in layer.attributes["settings"].items() if name != OPSET}
            if found is None or found.kind == "opaque" or not told or not _of_one_size(graph, layer, other, found):
                continue
            pair, values = ((layer, found), (told, None)) if at == 0 else ((found, layer), (None, told))
            yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, *pair, "settings", *values)


def _is_standard(layer: Layer) -> bool:
    """Whether an unsupported operator is ONNX's own: those of other domains may only share the name of one."""
    return layer.kind == "opaque" and layer.attributes["operator"] == f"onnx.{layer.op}"


def _of_onnx(view: View) -> bool:
    return view.left.framework is view.right.framework is Framework.ONNX


def _of_one_size(own: LayerGraph, layer: Layer, other: LayerGraph, found: Layer) -> bool:
    """Whether both take the same sizes, and have as many weights."""
    shapes = own.shape(layer.inputs[0]), other.shape(found.inputs[0])
    return shapes[0] is not None and shapes[0] == shapes[1] and len(layer.weights) == len(found.weights)


def _origin(graph: LayerGraph, layer: Layer) -> str | None:
    maker = graph.producers.get(layer.inputs[0]) if layer.inputs else None
    return maker.path if maker is not None else None
