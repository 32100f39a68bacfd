"""What two models compute in other words between the same layers: shown by computing both, of numbers drawn at random.

Exporters write ``roll`` as slices that change places, ``std`` as a mean of squares, ``glu`` as a gate. Where layers
without weights lead from one and the same values to what paired layers use, both ways are computed in double precision
for several scales of numbers, from those that an epsilon hides in to those that every bound cuts, and for numbers close
to those that either side compares with, which have to be the same on both. Where the results agree each time, the
longer way is written as the shorter one. Nothing of the models' own code runs: the formulas are
those of the kinds, and settings of paired layers are compared as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from parity.graph import Layer, LayerGraph, Value
from parity.graph.provenance import fuse
from parity.pairing._ways import Budget, Way, agree, way_to
from parity.passes._rewrite import rewrite
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.passes.canonical.name_axes import named_anew
from parity.passes.constants.mark_masks import mark_masks

BATCHES = (3, 5, 7, 11, 13, 17, 19, 23, 67, 131, 257)
"""Samples where a model leaves open how many: the first that divides no size, which could pass for the batch.

They are more than the positions that a range of them begins or ends at, which a smaller batch would not reach.
"""

Pairs = Sequence[tuple[str, str]]


def reworded(
    left: LayerGraph, right: LayerGraph, pairs: Pairs, ends: Pairs, *, unnamed: int | None
) -> tuple[LayerGraph, LayerGraph]:
    """Both graphs, with what they compute in other words written alike; the same objects where there is nothing.

    Args:
        left: a graph that has been through the passes.
        right: another one.
        pairs: paths of layers of both sides that are each other's counterpart, whether or not they are alike.
        ends: values that are outputs of both models, and each other's counterpart.
        unnamed: the number of axes up to which a value may have axes of which nobody knows what they mean, and be the
            same on both sides; None where both are known to have their axes in one order, whatever they mean.
    """
    open_ = dict.fromkeys(_open((left, right), pairs, ends))
    if not open_:
        return left, right
    batch = _batch(left, right)
    sides = _sized(left, batch), _sized(right, batch)
    partners = dict(pairs), {b: a for a, b in pairs}
    shared = _shared(sides, pairs, unnamed)
    touched: tuple[set[str], set[str]] = set(), set()
    changes: tuple[list[_Change], list[_Change]] = [], []
    values_of = [{name: value for value, name in names.items()} for names in shared]
    budget = Budget()
    for values in open_:
        for known in (partners, ({}, {})):
            parts = zip(sides, values, shared, known, strict=True)
            mine, theirs = (way_to(*each) for each in parts)
            if mine is None or theirs is None or _overlap((mine, theirs), touched) or not agree(mine, theirs, budget):
                continue
            at = 1 if len(theirs.layers) >= len(mine.layers) else 0
            change = _change((mine, theirs)[at], (theirs, mine)[at], values_of[at], (right, left)[at].values)
            if change is not None:
                changes[at].append(change)
                touched[0].update(each.path for each in mine.layers)
                touched[1].update(each.path for each in theirs.layers)
                break
    return _changed(left, changes[0]), _changed(right, changes[1])


def _open(sides: tuple[LayerGraph, LayerGraph], pairs: Pairs, ends: Pairs) -> Iterator[tuple[str, str]]:
    """The values that paired layers, and both models' outputs, take from layers that are not each other's."""
    left, right = sides
    partner = dict(pairs)
    used = [(_at(left, a).inputs, _at(right, b).inputs) for a, b in pairs]
    taken = (pair for mine, theirs in used for pair in zip(mine, theirs, strict=False))
    for a, b in (*taken, *ends):
        one, other = left.producers.get(a), right.producers.get(b)
        if one is None or other is None:
            continue
        if partner.get(one.path) != other.path or not _alike(one, other):
            yield a, b


def _at(graph: LayerGraph, path: str) -> Layer:
    return graph.layers[graph.places[path]]


def _alike(one: Layer, other: Layer) -> bool:
    return one.kind == other.kind and one.attributes.get("function") == other.attributes.get("function")


def _batch(*graphs: LayerGraph) -> int | None:
    sizes = {size for graph in graphs for each in graph.values.values() for size in each.shape or ()}
    numbers = {size for size in sizes if isinstance(size, int)}
    bounds = (each for graph in graphs for layer in graph.layers for each in _of_samples(layer))
    farthest = max((abs(at) for each in bounds for at in each[:2] if isinstance(at, int)), default=0)
    enough = [batch for batch in BATCHES if batch > farthest]
    return next((batch for batch in enough if all(size % batch for size in numbers)), enough[-1] if enough else None)


def _of_samples(layer: Layer) -> Sequence[Sequence[object]]:
    """The ranges that a layer takes of the first axis."""
    axes, bounds = layer.attributes.get("axes"), layer.attributes.get("bounds")
    if not isinstance(axes, tuple) or not isinstance(bounds, tuple):
        return ()
    return [bound for axis, bound in zip(axes, bounds, strict=False) if axis == 0 and isinstance(bound, tuple)]


def _sized(graph: LayerGraph, batch: int | None) -> LayerGraph:
    """The graph with a batch of some size where it is free: a first axis that is that of an input."""
    free = {shape[0] for value in graph.inputs if (shape := graph.shape(value)) and not isinstance(shape[0], int)}
    if batch is None or not free:
        return graph
    sized = {
        name: replace(each, shape=(batch, *each.shape[1:]))
        for name, each in graph.values.items()
        if each.shape and each.shape[0] in free
    }
    return replace(graph, values={**graph.values, **sized})


def _shared(
    sides: tuple[LayerGraph, LayerGraph], pairs: Pairs, unnamed: int | None
) -> tuple[dict[str, str], dict[str, str]]:
    """The values of both sides that paired layers make, by a name for both."""
    names: tuple[dict[str, str], dict[str, str]] = {}, {}
    for a, b in pairs:
        one, other = _at(sides[0], a), _at(sides[1], b)
        for value, twin in zip(one.outputs, other.outputs, strict=False):
            if not _alike(one, other):
                continue
            if _of_one_form(sides[0].values.get(value), sides[1].values.get(twin), unnamed):
                names[0][value] = names[1][twin] = value
    return names


def _of_one_form(mine: Value | None, theirs: Value | None, unnamed: int | None) -> bool:
    """Whether two values have the same sizes, all of them known, and axes that mean the same."""
    if mine is None or theirs is None or mine.shape is None or mine.shape != theirs.shape:
        return False
    if not all(isinstance(size, int) for size in mine.shape):
        return False
    named = mine.axes is not None and None not in mine.axes
    return unnamed is None or (mine.axes == theirs.axes and (named or len(mine.shape) <= unnamed))


def _overlap(ways: tuple[Way, Way], touched: tuple[set[str], set[str]]) -> bool:
    """Whether there is nothing to rewrite, or a way leads through layers that are rewritten already."""
    pairs = zip(ways, touched, strict=True)
    return not any(way.layers for way in ways) or any(each.path in paths for way, paths in pairs for each in way.layers)


@dataclass(frozen=True)
class _Change:
    """What becomes of a side: the last layer of a way and those before it, or a value that stands for it."""

    path: str
    layers: tuple[Layer, ...]
    values: Mapping[str, Value]
    alias: tuple[str, str] | None


def _change(longer: Way, shorter: Way, names: Mapping[str, str], values_of: Mapping[str, Value]) -> _Change | None:
    """The longer way written as the shorter one; None where its beginnings are not known there, or come later.

    Args:
        longer: the way to write anew.
        shorter: how to write it.
        names: the values of the longer way's side by the name that both sides know them by.
        values_of: the values of the shorter one's side.
    """
    graph, end = longer.graph, longer.layers[-1]
    starts = {value: names.get(name) for value, name in shorter.roots.items()}
    places = [graph.places[graph.producers[value].path] for value in starts.values() if value is not None]
    if None in starts.values() or any(place >= graph.places[end.path] for place in places):
        return None
    known = {value: start for value, start in starts.items() if start is not None}
    if not shorter.layers:
        return _Change(end.path, (), {}, (longer.value, known[shorter.value]))
    text = f"what {shorter.layers[-1].source} does"
    made, values = [], {}
    mark = next(each for each in map("as{}".format, count()) if f"{end.path}:{each}-0" not in graph.places)
    for at, layer in enumerate(shorter.layers):
        last = layer is shorter.layers[-1]
        output = longer.value if last else f"{longer.value}:{mark}-{at}"
        inputs = tuple(known[value] for value in layer.inputs)
        known[layer.outputs[0]] = output
        if not last:
            values[output] = values_of[layer.outputs[0]]
        path = end.path if last else f"{end.path}:{mark}-{at}"
        new = replace(end, kind=layer.kind, attributes=layer.attributes, path=path, inputs=inputs, outputs=(output,))
        made.append(fuse(new, longer.layers[::-1], text) if len(longer.layers) > 1 or last else new)
    return _Change(end.path, tuple(made), values, None)


def _changed(graph: LayerGraph, changes: Sequence[_Change]) -> LayerGraph:
    """The graph with all changes, without the layers that nothing uses any more."""
    if not changes:
        return graph
    replaced = {each.path: each.layers[-1] for each in changes if each.layers}
    before = {each.path: each.layers[:-1] for each in changes if each.layers}
    aliases = dict(each.alias for each in changes if each.alias)
    values = {name: value for each in changes for name, value in each.values.items()}
    written = rewrite(graph, replaced=replaced, before=before, aliases=aliases, values=values)
    return named_anew(mark_masks(eliminate_dead_code(written)))
