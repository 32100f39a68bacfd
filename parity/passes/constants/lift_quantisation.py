"""Rounding to small integers and scaling back go; their scales and zero points are gathered in one place.

What a quantised model computes is what the model in real numbers does, but for the rounding; that it is quantised shows
in the types of its weights and in its scales and zero points.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Census, Layer, LayerGraph, Note, Undone, Weight
from parity.passes._rewrite import joined, only_consumer, rewrite
from parity.passes.canonical.eliminate_common_subexpressions import eliminate_common_subexpressions
from parity.passes.constants._rounding import from_outputs, rounding, stand_for_reals

PLACE = "quantisation"
"""The path of the layer that has all scales and zero points."""

SATURATED = {"function": "relu", "saturated": True}
"""A ReLU, or one that is cut off above too: quantisers leave both out where rounding does the same."""

SUMS = {"conv", "conv_transpose", "dense", "batch_norm", "elementwise"}
NOT_NEGATIVE = {"relu", "relu6", "sigmoid", "softplus", "softmax", "exp", "hard_sigmoid"}
TOLD = {"lowest", "zero", "gives", "takes", "offsets"}
KEEPS_SIGN = {"max_pool", "average_pool", "global_average_pool", "permute", "reshape", "flatten", "quantisation"}


def lift_quantisation(graph: LayerGraph) -> LayerGraph:
    """Let layers on small integers take and give real numbers."""
    if any(layer.path == PLACE for layer in graph.layers):
        return graph  # a rounding whose grid is computed stays, and is not told twice
    held = any(_is_parameter(weight) for layer in graph.layers for weight in layer.weights)
    if not held and not any(_is_quantised(layer) for layer in graph.layers):
        return graph
    graph = _once(graph)
    order = (weight.storage for layer in from_outputs(graph) for weight in layer.weights)
    return _gathered(_drop(_scaled(graph)), rounding(graph), [*dict.fromkeys(order)])


def _once(graph: LayerGraph) -> LayerGraph:
    """The graph without layers that do the same as others, which would seem to round more often."""
    shared = _sharing(graph)
    merged = eliminate_common_subexpressions(shared)
    if merged is shared:
        return graph
    renamed = {}
    for layer in merged.layers:
        before = shared.layers[shared.places[layer.path]]
        if layer.inputs != before.inputs and "takes" in layer.attributes:
            names = dict(zip(before.inputs, layer.inputs, strict=True))
            takes = tuple((names.get(value, value), grid) for value, grid in layer.attributes["takes"])
            renamed[layer.path] = replace(layer, attributes={**layer.attributes, "takes": takes})
    return _once(rewrite(merged, replaced=renamed))


def _sharing(graph: LayerGraph) -> LayerGraph:
    """Let layers that round alike share their scales and zero points: exporters store them for each operator anew."""
    first: dict[str, tuple[Weight, ...]] = {}
    shared = {}
    for layer in graph.layers:
        if layer.weights and all(map(_is_parameter, layer.weights)) and _tells_grids(layer):
            mark = repr((layer.kind, sorted(layer.attributes.items()), [each.role for each in layer.weights]))
            weights = first.setdefault(mark, layer.weights)
            if weights != layer.weights:
                shared[layer.path] = replace(layer, weights=weights)
    return rewrite(graph, replaced=shared)


def _tells_grids(layer: Layer) -> bool:
    """Whether each scale is that of a grid of which the attributes tell the numbers."""
    scales = sum((weight.role or "").endswith("scale") for weight in layer.weights)
    grids = [grid for _, grid in layer.attributes.get("takes", ())]
    grids += [layer.attributes["gives"]] if "gives" in layer.attributes else []
    return scales <= len(grids) and all(isinstance(grid[0], float) for grid in grids)


def _is_quantised(layer: Layer) -> bool:
    return layer.kind == "quantisation" or "offsets" in layer.attributes


def _is_parameter(weight: Weight) -> bool:
    return (weight.role or "").endswith(("scale", "zero_point")) and weight.census is Census.STATE


def _scaled(graph: LayerGraph) -> LayerGraph:
    """Join each product of integers with the cast and the multiplication by the scales of its factors."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        if not layer.attributes.get("scaled_later"):
            continue
        cast = only_consumer(graph, layer.outputs[0])
        last = only_consumer(graph, cast.outputs[0]) if cast is not None and cast.kind == "cast" else None
        scales = _scales(graph, cast, last) if cast is not None and last is not None else None
        if cast is None or last is None or scales is None:
            continue
        attributes = {name: value for name, value in layer.attributes.items() if name != "scaled_later"}
        weights = (*layer.weights, *(replace(one, role="kernel_scale") for each in scales for one in each.weights))
        sources = joined(replace(layer, sources=joined(layer, cast)), last)
        note = Note(Undone.QUANTISED, f"{last.source} multiplies by its scales")
        replaced[layer.path] = replace(
            layer,
            attributes=attributes,
            weights=weights,
            outputs=last.outputs,
            sources=sources,
            notes=(*layer.notes, note),
        )
        dropped |= {cast.path, last.path, *(each.path for each in scales)}
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _scales(graph: LayerGraph, cast: Layer, last: Layer) -> tuple[Layer, ...] | None:
    """The layers between a multiplication and the scale that is computed with the integers; None for another one."""
    if not _multiplies(last) or cast.outputs[0] not in last.inputs or len(last.inputs) != 2:
        return None
    value = last.inputs[1 - last.inputs.index(cast.outputs[0])]
    found: list[Layer] = []
    while (maker := graph.producers.get(value)) is not None:
        if maker.kind == "quantisation":
            return tuple(found) if value in maker.outputs[1:2] else None
        if not _multiplies(maker) or len(maker.inputs) != 1 or only_consumer(graph, value) is None:
            return None
        found.append(maker)
        value = maker.inputs[0]
    return None


def _multiplies(layer: Layer) -> bool:
    return layer.kind == "elementwise" and layer.attributes.get("function") == "multiply"


def _drop(graph: LayerGraph) -> LayerGraph:
    """Put what is rounded in the place of what comes of rounding it; what cannot be negative then has been cut off."""
    gone = {layer.path: layer for layer in graph.layers if _goes(graph, layer)}
    relus = {
        path: replace(layer, kind="activation", attributes=SATURATED, outputs=layer.outputs[:1])
        for path, layer in gone.items()
        if layer.attributes.get("lowest") == 0 and _cuts(graph, layer.inputs[0]) and not _is_activated(graph, layer)
    }
    spare = {
        layer.path: layer for layer in graph.layers if layer.attributes.get("saturated") and _is_activated(graph, layer)
    }
    dropped = {path: layer for path, layer in (gone | spare).items() if path not in relus}
    aliases = {layer.outputs[0]: layer.inputs[0] for layer in dropped.values()}
    return rewrite(graph, replaced=relus | _padded(graph), aliases=aliases, dropped={*dropped})


def _padded(graph: LayerGraph) -> dict[str, Layer]:
    """Paddings of integers with their zero point, which stands for 0."""
    found = {}
    for layer in graph.layers:
        maker = graph.producers.get(layer.inputs[0]) if layer.kind == "pad" and layer.inputs else None
        while maker is not None and "zero" not in maker.attributes and maker.kind in KEEPS_SIGN and maker.inputs:
            maker = graph.producers.get(maker.inputs[0])
        zero = maker.attributes.get("zero") if maker is not None else None
        if zero is not None and layer.attributes["value"] == zero:
            found[layer.path] = replace(layer, attributes={**layer.attributes, "value": 0.0})
    return found


def _goes(graph: LayerGraph, layer: Layer) -> bool:
    """Whether nothing uses the scale and the zero point that a layer computes, and the model does not give them."""
    others = (graph.consumers.get(value) or value in graph.outputs for value in layer.outputs[1:])
    return layer.kind == "quantisation" and len(layer.inputs) == 1 and not any(others)


def _cuts(graph: LayerGraph, value: str) -> bool:
    """Whether a value is a sum or product that may be negative."""
    maker = graph.producers.get(value)
    if maker is None or maker.kind not in SUMS or maker.attributes.get("function", "add") != "add":
        return False
    terms = [graph.producers.get(each) for each in maker.inputs]
    return bool(maker.weights) or not all(_not_negative(graph, each) for each in terms)


def _is_activated(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a function follows: where the model has one already, a ReLU was not left out before it."""
    values = list(layer.outputs)
    while values:
        for user in graph.consumers.get(values.pop(), ()):
            if user.kind == "activation":
                return True
            values += user.outputs if user.kind == "quantisation" else ()
    return False


def _not_negative(graph: LayerGraph, layer: Layer | None) -> bool:
    while layer is not None and layer.kind in KEEPS_SIGN and layer.inputs:
        if layer.kind == "quantisation" and layer.attributes.get("lowest") == 0:
            return True
        layer = graph.producers.get(layer.inputs[0])
    return layer is not None and layer.kind == "activation" and layer.attributes["function"] in NOT_NEGATIVE


def _gathered(graph: LayerGraph, told: Mapping[str, Any], order: Sequence[str]) -> LayerGraph:
    """The graph with every scale and zero point, and what is rounded, in a layer without inputs or outputs.

    Args:
        graph: the graph.
        told: what is rounded.
        order: the storages of weights as the layers use them.
    """
    place = {storage: at for at, storage in enumerate(order)}
    known = {weight.storage for layer in graph.layers for weight in layer.weights if not _is_parameter(weight)}
    scales = [weight for weight in graph.weights if weight.census is Census.STATE and weight.storage not in known]
    scales.sort(key=lambda weight: place.get(weight.storage, len(place)))
    found = {weight.storage: replace(weight, role=None) for weight in scales}
    told = {**told, "scaling": tuple(_scaling(graph, found.keys()))}
    layers = [_plain(layer, found.keys()) for layer in graph.layers]
    reals = stand_for_reals(graph)
    values = {name: replace(each, dtype=None) if name in reals else each for name, each in graph.values.items()}
    if found or told["grids"] or told["changes"]:
        layers.append(Layer(PLACE, "quantisation", told, tuple(found.values()), (), (), (), "Quantisation"))
    return replace(graph, layers=tuple(layers), values=values)


def _scaling(graph: LayerGraph, scales: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """The layer that each scale and zero point is one of, what it is to that, and where it is stored."""
    for layer in graph.layers:
        yield from ((layer.path, str(each.role), each.storage) for each in layer.weights if each.storage in scales)


def _plain(layer: Layer, scales: Collection[str]) -> Layer:
    """A layer without its scales and what was told of its integers."""
    weights = tuple(weight for weight in layer.weights if weight.storage not in scales)
    if len(weights) == len(layer.weights) and TOLD.isdisjoint(layer.attributes):
        return layer
    attributes = {name: value for name, value in layer.attributes.items() if name not in TOLD}
    return replace(layer, weights=weights, attributes=attributes)
