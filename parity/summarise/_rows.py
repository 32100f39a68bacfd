"""The layers of a source as rows of a summary."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from parity.census import counts, distinct
from parity.graph import Census, Framework, Layer, LayerGraph, Shape, SourceGraph, SourceLayer, Weight
from parity.kinds import UNTYPED, Term, formula, render, terms_of
from parity.reports import Row, inside
from parity.summarise._sizes import Sizes, stored

NO_ACTIVATIONS = {"input", "constant"}
"""Kinds whose outputs nothing has computed."""

WINDOWS = ("kernel_size", "pool_size")


@dataclass(frozen=True, slots=True)
class _Tables:
    """What rows are made from.

    Attributes:
        layers: those of each row.
        parts: the weights of the layer graph by the name of the stored tensor that they are, or are cut from.
        makers: the row that each value comes from, or the name of the model's input that it is.
        loose: rows that are operators outside of layers.
        further: what each call returns beside its first output, by that.
        counted: what each storage adds to the elements of the model.
        seen: the storages that a row has counted, each with this row.
    """

    graph: LayerGraph
    sizes: Sizes
    layers: Mapping[str, list[Layer]]
    parts: Mapping[str, list[Weight]]
    makers: Mapping[str, str]
    loose: frozenset[str]
    further: Mapping[str, tuple[str, ...]]
    counted: Mapping[str, Weight]
    seen: dict[str, str] = field(default_factory=dict)


def rows_of(source: SourceGraph, graph: LayerGraph, sizes: Sizes) -> tuple[Row, ...]:
    """A row for each layer of the source, in its order."""
    layers: dict[str, list[Layer]] = defaultdict(list)
    for layer in graph.layers:
        layers[layer.source].append(layer)
    parts, makers, loose, further = _parts(source, graph), _makers(source, graph), _loose(source), _further(source)
    counted = {weight.storage: weight for weight in distinct(graph.weights)}
    tables = _Tables(graph, sizes, layers, parts, makers, loose, further, counted)
    return tuple(_row(row, tables) for row in source.layers)


def _makers(source: SourceGraph, graph: LayerGraph) -> Mapping[str, str]:
    """The row of each value: what the input layer of an inner model gives comes from outside."""
    outer_first = sorted(source.layers, key=lambda row: row.path.count("/"))
    found: dict[str, str] = {}
    for value, path in (
        *((value, row.path) for row in outer_first for value in row.outputs),
        *((value, layer.source) for layer in graph.layers for value in layer.outputs),
        *source.names_of_inputs.items(),
    ):
        found.setdefault(value, path)
    return found


def _parts(source: SourceGraph, graph: LayerGraph) -> Mapping[str, list[Weight]]:
    parts: dict[str, list[Weight]] = defaultdict(list)
    beside = set(source.beside)
    for weight in (each for each in graph.weights if each not in beside):
        name = weight.name if weight.name in source.weights else weight.name[: weight.name.rindex("[")]
        parts[name].append(weight)
    return parts


def _loose(source: SourceGraph) -> frozenset[str]:
    """The rows of PyTorch's programs that are operators: a layer is called by its class, these as themselves."""
    if source.framework is not Framework.TORCH:
        return frozenset()
    types = {row.path: row.type for row in source.layers}
    return frozenset(node.layer for node in source.nodes if types[node.layer] == node.op and node.dialect != "torch.nn")


def _further(source: SourceGraph) -> Mapping[str, tuple[str, ...]]:
    """What calls return beside their first output: in Keras all of it is listed, elsewhere what anything uses."""
    used_values = {value for node in source.nodes for value in node.inputs.values()} | set(source.outputs)
    every = source.framework is Framework.KERAS
    return {
        node.outputs[0]: tuple(value for value in node.outputs[1:] if every or value in used_values)
        for node in source.nodes
        if node.outputs
    }


def _row(row: SourceLayer, tables: _Tables) -> Row:
    graph, sizes = tables.graph, tables.sizes
    layers = tables.layers.get(row.path, [])
    weights = tuple(weight for name in row.weights for weight in tables.parts[name])
    fresh = (weight.storage for weight in distinct(weights) if weight.storage not in tables.seen)
    own = [tables.counted[storage] for storage in fresh if storage in tables.counted]
    tables.seen.update(dict.fromkeys((weight.storage for weight in own), row.path))
    shared = [weight for weight in used(layers) if not inside(row.path, tables.seen.get(weight.storage, row.path))]
    counted = [weight for weight in own if counts(graph.framework, weight)]
    terms = formula(counted, _terms(layers, graph))
    by_class = {each: sum(weight.numel for weight in own if weight.census is each) for each in Census}
    shapes, reason = _shapes(row, tables)
    given = _given(layers)
    window = next((layer.attributes for layer in layers if any(layer.attributes.get(name) for name in WINDOWS)), {})
    return Row(
        path=row.path,
        kind=layers[0].kind if layers else "",
        type=_type(row, layers),
        shapes=shapes,
        further=_more_shapes(row, tables) if shapes else (),
        reason=reason,
        params=sum(counts(graph.framework, weight) for weight in own),
        trainable=by_class[Census.TRAINABLE],
        frozen=by_class[Census.FROZEN],
        state=by_class[Census.STATE],
        formula=render(terms) if terms is not None else "",
        uncounted=row.uncounted,
        weights=weights,
        held=sum(counts(graph.framework, weight) for weight in distinct((*weights, *shared))),
        inputs=tuple(map(sizes.shown, given)),
        connected=tuple(dict.fromkeys(tables.makers[value] for value in given if value in tables.makers)),
        kernel=_sizes_of(window, *WINDOWS),
        strides=_sizes_of(window, "strides"),
        macs=sizes.macs(layers),
        activations=_activations(row, layers, tables),
        stored=stored(own),
        dtype=_dtype(row, weights, sizes),
        operator=row.path in tables.loose,
    )


def used(layers: Iterable[Layer]) -> list[Weight]:
    """The weights of the model that some layers use, whoever has counted them."""
    return [weight for layer in layers for weight in layer.weights if weight.census is not Census.CONSTANT]


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


def _shapes(row: SourceLayer, tables: _Tables) -> tuple[tuple[Shape, ...], str]:
    if not row.outputs:
        return (), row.reason or "it is not called"
    found = [tables.sizes.shown(name) for name in row.outputs]
    shapes = tuple(shape for shape in found if shape is not None)
    if len(shapes) == len(row.outputs):
        return shapes, ""
    values = (tables.graph.values[name] for name in row.outputs if name in tables.graph.values)
    return shapes, next((value.reason for value in values if value.shape is None), "it is not recorded")


def _more_shapes(row: SourceLayer, tables: _Tables) -> tuple[tuple[Shape, ...], ...]:
    """The shapes of what else each call returns, as far as they are known; nothing where no call returns more."""
    shown = (map(tables.sizes.shown, tables.further.get(name, ())) for name in row.outputs)
    found = tuple(tuple(shape for shape in shapes if shape is not None) for shapes in shown)
    return found if any(found) else ()


def _given(layers: Sequence[Layer]) -> list[str]:
    """The values that come in from outside, at any call."""
    made = {value for layer in layers for value in layer.outputs}
    return list(dict.fromkeys(value for layer in layers for value in layer.inputs if value not in made))


def _sizes_of(attributes: Mapping[str, object], *names: str) -> tuple[int, ...]:
    """A setting that holds a whole number for each spatial axis."""
    found = next((attributes[name] for name in names if attributes.get(name)), ())
    return tuple(each for each in found if isinstance(each, int)) if isinstance(found, tuple) else ()


def _activations(row: SourceLayer, layers: Sequence[Layer], tables: _Tables) -> int | None:
    if layers and layers[0].kind in NO_ACTIVATIONS:
        return 0
    return total(tables.sizes.size(each) for name in row.outputs for each in (name, *tables.further.get(name, ())))


def total(sizes: Iterable[int | None]) -> int | None:
    """The sum, None where one is not known."""
    found = list(sizes)
    return None if None in found else sum(size for size in found if size is not None)


def _dtype(row: SourceLayer, weights: Sequence[Weight], sizes: Sizes) -> str:
    found = sizes.dtype(row.outputs[0]) if row.outputs else None
    return found or next((weight.dtype for weight in weights), "")
