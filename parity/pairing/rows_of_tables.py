"""Rows of a stored table that one model takes as they lie, and that the other one looks up by their places.

Learned positions are both: a layer of Keras slices its table to the length of a sequence, or adds all of it, and
``nn.Embedding`` is called with 0, 1, 2, ... Slices become what looks up the same rows, since that tells the table and
its rows, also where the other table has more of them; what looks up all of a table becomes the table where the other
model adds it. Places that are the same for each sample of a batch are looked up once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

from parity.graph import Layer, LayerGraph, Value, Weight
from parity.kinds import reshaped
from parity.passes import normalise
from parity.passes._known import known
from parity.passes._rewrite import rewrite

Sizes = tuple[int, ...]
Taken = tuple[Sizes, int, int]
"""The shape of a table, and from where to where rows of it are taken."""


@dataclass
class _Changes:
    replaced: dict[str, Layer] = field(default_factory=dict)
    before: dict[str, tuple[Layer, ...]] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)


def rows_of_tables(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Take rows of stored tables in the way in which the other model takes the same ones."""
    mine, theirs, added = _Taking(graph), _Taking(other), {*_added(other)}
    changes = _Changes()
    for layer, taken in mine.sliced:
        if taken in theirs.places or (taken not in theirs.sizes and _width(taken) in theirs.widths):
            _look_up(graph, layer, layer.weights[0], taken, changes)
    for layer, taken, sizes in mine.looked_up if added or theirs.sizes else ():
        (rows, dim), start, stop = taken
        table, trained = layer.weights[0], layer.attributes["untrained_row"] is None
        if (rows, dim) in added and (start, stop) == (0, rows) and trained and prod(sizes) == rows:
            told = {**reshaped((rows, dim), (*sizes, dim)), "operands": ("stored",)}
            whole = (replace(table, role="operand", axes=""),)
            changes.replaced[layer.path] = replace(layer, kind="reshape", attributes=told, inputs=(), weights=whole)
        elif theirs.laid(taken) not in {None, sizes} and sizes != (stop - start,):
            _look_up(graph, layer, table, taken, changes)
    done = rewrite(graph, replaced=changes.replaced, before=changes.before, values=changes.values)
    return done if done is graph else normalise(done)


class _Taking:
    """How a graph takes rows of stored tables, one after the other."""

    def __init__(self, graph: LayerGraph) -> None:
        self._graph = graph

    @cached_property
    def sliced(self) -> list[tuple[Layer, Taken]]:
        """What takes them as they lie."""
        return [(layer, taken) for layer in self._graph.layers if (taken := _sliced(layer)) is not None]

    @cached_property
    def looked_up(self) -> list[tuple[Layer, Taken, Sizes]]:
        """What looks them up at places that numbers alone tell, and the sizes of these."""
        return [*_looked_up(self._graph)]

    @cached_property
    def places(self) -> dict[Taken, Sizes]:
        """How the places of rows are laid out that are looked up."""
        return {taken: sizes for _, taken, sizes in self.looked_up}

    @cached_property
    def widths(self) -> dict[Sizes, Sizes]:
        """How many rows it takes at once and how wide they are, with how the places of these are laid out."""
        return {_width(taken): sizes for taken, sizes in self.sizes.items()}

    def laid(self, taken: Taken) -> Sizes | None:
        """How the places of rows are laid out, or of as many of another table; None where it takes none."""
        return self.sizes.get(taken) or self.widths.get(_width(taken))

    @cached_property
    def sizes(self) -> dict[Taken, Sizes]:
        """How the places of rows are laid out."""
        sliced = {taken: (taken[2] - taken[1],) for _, taken in self.sliced}
        return {**sliced, **self.places}


def _look_up(graph: LayerGraph, layer: Layer, table: Weight, taken: Taken, changes: _Changes) -> None:
    """Look rows up at a row of stored places, and lay them out as a layer does."""
    (vocab, dim), start, stop = taken
    count, shape = stop - start, graph.shape(layer.outputs[0]) or ()
    places, rows = (f"{layer.outputs[0]}:{each}" for each in ("places", "rows"))
    numbers = {"numbers": tuple(map(float, range(start, stop))), "size": (count,)}
    made = replace(layer, path=f"{layer.path}:places", kind="constant", attributes=numbers, inputs=(), weights=())
    told = {"vocab": vocab, "dim": dim, "mask_zero": False, "untrained_row": None, **_kept(layer), "rank": 1}
    held = (replace(table, role="embeddings", axes="vocab dim"),)
    found = replace(layer, kind="embedding", attributes=told, inputs=(places,), outputs=(rows,), weights=held)
    laid = replace(layer, path=f"{layer.path}:laid", kind="reshape", inputs=(rows,), weights=())
    laid = replace(laid, attributes=reshaped((count, dim), shape))
    if prod(size for size in shape if isinstance(size, int)) != count * dim:
        laid = replace(laid, kind="expand", attributes={"target": shape})  # for each sample of a batch
    changes.before[layer.path] = replace(made, outputs=(places,)), found
    changes.replaced[layer.path] = laid
    changes.values[places] = Value((count,), "int64")
    changes.values[rows] = replace(graph.values[layer.outputs[0]], shape=(count, dim), axes=None)


def _kept(layer: Layer) -> dict[str, Any]:
    """The settings of a layer that looks rows up already."""
    return dict(layer.attributes) if layer.kind == "embedding" else {}


def _sliced(layer: Layer) -> Taken | None:
    """The rows of a stored table that a slice takes, one after the other."""
    if layer.kind != "slice" or layer.inputs or len(layer.weights) != 1:
        return None
    shape, axes, bounds = layer.weights[0].shape, layer.attributes["axes"], layer.attributes["bounds"]
    if len(shape) != 2 or axes not in {(0,), (-2,)}:
        return None
    ((start, stop, step),) = bounds
    stop = shape[0] if stop is None else stop
    return (shape, start, stop) if step == 1 and 0 <= start < stop <= shape[0] else None


def _looked_up(graph: LayerGraph) -> Iterator[tuple[Layer, Taken, Sizes]]:
    """What looks up rows of a table, one after the other, at places that numbers alone tell, and their sizes."""
    lookups = [layer for layer in graph.layers if layer.kind == "embedding" and layer.inputs]
    computed = any(graph.producers[layer.inputs[0]].kind != "input" for layer in lookups)
    arrays = known(graph) if computed else {}
    for layer in lookups:
        places, table = arrays.get(layer.inputs[0]), layer.weight("embeddings")
        if places is None or table is None or not places.size:
            continue
        row = places.reshape(-1, places.shape[-1])[0] if _is_repeated(places) else places
        start = int(row.flat[0])
        if [*row.flat] == [*range(start, start + row.size)]:
            yield layer, (table.shape, start, start + row.size), places.shape


def _is_repeated(places: Any) -> bool:
    """Whether all rows of places are the same."""
    return bool(places.ndim > 1 and (places == places.reshape(-1, places.shape[-1])[0]).all())


def _width(taken: Taken) -> Sizes:
    """How many rows are taken, and how wide they are."""
    (_, dim), start, stop = taken
    return stop - start, dim


def _added(graph: LayerGraph) -> Iterator[Sizes]:
    """The shapes of stored tables that take part in arithmetic as they are."""
    for layer in graph.layers:
        operand = layer.weight("operand") if layer.kind == "elementwise" else None
        if operand is not None and len(operand.shape) >= 2 and {*operand.shape[:-2]} <= {1}:
            yield operand.shape[-2:]
