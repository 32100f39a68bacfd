"""The other pipeline: read, translate, name axes -> Summary, in the source's names and its framework's counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.adapters import Inputs, read
from parity.census import counts, distinct
from parity.describing import describe
from parity.graph import Census, Layer, LayerGraph, Shape, SourceGraph, SourceLayer, Value, Weight
from parity.kinds import UNTYPED, Term, formula, render, terms_of, translate
from parity.passes.canonical.name_axes import name_axes
from parity.reports import Row, Summary


def summarise(model: Any, *, inputs: Inputs | None = None) -> Summary:
    """List a model's layers with output shapes, parameter counts and the arithmetic behind them.

    Args:
        model: a path, or a live model.
        inputs: example inputs for a live model that needs them.

    Raises:
        UnreadableModel: the model cannot be read.
        MissingFramework: a live model's framework is not installed.
        UsageError: an argument makes no sense.
    """
    source = read(model, inputs)
    graph = name_axes(translate(source))
    rows = _rows(source, graph, example=inputs is not None)
    return Summary(describe(source, graph), rows, _containers(source, rows), graph.gaps)


def _rows(source: SourceGraph, graph: LayerGraph, *, example: bool) -> tuple[Row, ...]:
    layers: dict[str, list[Layer]] = defaultdict(list)
    for layer in graph.layers:
        layers[layer.source].append(layer)
    parts = _parts(source, graph)
    seen: set[str] = set()
    found = []
    for row in source.layers:
        shapes, reason = _shapes(row, graph, example=example)
        made = _row(row, layers.get(row.path, []), graph, parts, seen)
        found.append(replace(made, shapes=shapes, reason=reason))
    return tuple(found)


def _parts(source: SourceGraph, graph: LayerGraph) -> Mapping[str, list[Weight]]:
    """The weights of the layer graph by the name of the stored tensor that they are, or are cut from."""
    parts: dict[str, list[Weight]] = defaultdict(list)
    beside = set(source.beside)
    for weight in (each for each in graph.weights if each not in beside):
        name = weight.name if weight.name in source.weights else weight.name[: weight.name.rindex("[")]
        parts[name].append(weight)
    return parts


def _row(
    row: SourceLayer, layers: Sequence[Layer], graph: LayerGraph, parts: Mapping[str, list[Weight]], seen: set[str]
) -> Row:
    weights = tuple(weight for name in row.weights for weight in parts[name])
    own = [weight for weight in distinct(weights) if weight.storage not in seen]
    seen.update(weight.storage for weight in own)
    counted = [weight for weight in own if counts(graph.framework, weight)]
    terms = formula(counted, _terms(layers, graph))
    by_class = {each: sum(weight.numel for weight in own if weight.census is each) for each in Census}
    return Row(
        path=row.path,
        kind=layers[0].kind if layers else "",
        type=_type(row, layers),
        shapes=(),
        reason="",
        params=sum(counts(graph.framework, weight) for weight in own),
        trainable=by_class[Census.TRAINABLE],
        frozen=by_class[Census.FROZEN],
        state=by_class[Census.STATE],
        formula=render(terms) if terms is not None else "",
        uncounted=row.uncounted,
        weights=weights,
    )


def _type(row: SourceLayer, layers: Sequence[Layer]) -> str:
    """The source's own word, or what its tensors can be where it has none."""
    found = layers[0] if layers and row.type == UNTYPED else None
    if found is None or found.kind in {"opaque", "unused"}:
        return row.type
    return " or ".join(dict.fromkeys((found.kind, *found.attributes.get("alternatives", ()))))


def _terms(layers: Sequence[Layer], graph: LayerGraph) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for layer in layers:
        terms.update(terms_of(layer, [graph.shape(value) for value in layer.inputs]))
    return terms


def _shapes(row: SourceLayer, graph: LayerGraph, *, example: bool) -> tuple[tuple[Shape, ...], str]:
    if not row.outputs:
        return (), row.reason or "it is not called"
    values = [graph.values[name] for name in row.outputs if name in graph.values]
    shapes = tuple(_told(value, example=example) for value in values if value.shape is not None)
    if len(shapes) == len(row.outputs):
        return shapes, ""
    reason = next((value.reason for value in values if value.shape is None), "it is not recorded")
    return shapes, reason


def _told(value: Value, *, example: bool) -> Shape:
    """The shape as the source tells it, with None for a batch that is free, or is that of an example alone.

    A batch of one is what models are traced with, whatever they are used for.
    """
    shape = value.shape or ()
    if value.axes is None:
        return shape
    return tuple(
        None if axis == "N" and (example or size == 1 or not isinstance(size, int)) else size
        for axis, size in zip(value.axes, shape, strict=True)
    )


def _containers(source: SourceGraph, rows: Sequence[Row]) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (
            each.path,
            each.type,
            sum(row.params for row in rows if row.path.startswith((f"{each.path}/", f"{each.path}."))),
        )
        for each in source.containers
    )
