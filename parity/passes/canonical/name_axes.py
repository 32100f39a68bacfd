"""Name the axes of every value, from the layers that know what they mean.

A convolution knows its channels and its space; what is element-wise passes names on, forwards and backwards; Flatten
writes down in which order it has merged them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from parity.graph import Axes, Dim, Evidence, Layer, LayerGraph, Value
from parity.kinds import kind
from parity.rearrange.relaid import inverse

MERGED = "*"
"""Stands between the names of axes that are one."""


def named_anew(graph: LayerGraph, known: Mapping[str, Axes] | None = None) -> LayerGraph:
    """The graph with the axes of its values named again, from its inputs and from what is known of some of them.

    What layers that are gone took axes for is forgotten with them.
    """
    told = {**{name: graph.values[name].axes for name in graph.inputs}, **(known or {})}
    bare = {name: replace(each, axes=told.get(name)) for name, each in graph.values.items()}
    return name_axes(replace(graph, values=bare))


def name_axes(graph: LayerGraph) -> LayerGraph:
    """Fill in ``axes`` of every value for which a meaning can be found."""
    if graph.evidence is not Evidence.GRAPH:
        return graph
    names = _Names(graph.values)
    names.settle(graph.layers)
    names.guess(graph.inputs)
    names.settle(graph.layers)
    values = {
        name: value if names.found.get(name) in {None, value.axes} else replace(value, axes=names.found[name])
        for name, value in graph.values.items()
    }
    if all(values[name] is graph.values[name] for name in values):
        return graph
    return replace(graph, values=values)


class _Names:
    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values
        self.learnt = False
        self.found: dict[str, Axes] = {name: value.axes for name, value in values.items() if value.axes is not None}

    def settle(self, layers: Sequence[Layer]) -> None:
        """Sweep forwards and backwards until nothing is learnt."""
        self.learnt = True
        while self.learnt:
            self.learnt = False
            self.sweep(layers)
            if self.learnt:
                self.sweep(reversed(layers))

    def sweep(self, layers: Iterable[Layer]) -> None:
        """One look at each layer: what does it know of its inputs, what of its outputs."""
        for layer in layers:
            if not layer.inputs or not layer.outputs:
                continue
            claims, made = kind(layer.kind).axes(layer.attributes, tuple(self.found.get(name) for name in layer.inputs))
            for name, axes in zip(layer.inputs, claims, strict=False):
                self.put(name, axes)
            for name, axes in zip(layer.outputs, made, strict=False):
                self.put(name, self.without_units(axes, layer.inputs[0]))
            self.backwards(layer)
            if layer.kind == "reshape":
                self.behind(layer)
            elif layer.kind == "permute":
                self.before(layer.inputs[0], layer.outputs[0], layer.attributes["order"])

    def without_units(self, axes: Axes | None, source: str) -> Axes | None:
        """Names of merged axes without those parts of which the source has one element: they have no order."""
        value, found = self.values.get(source), self.found.get(source)
        if axes is None or value is None or value.shape is None or found is None:
            return axes
        units = {name for name, size in zip(found, value.shape, strict=True) if size == 1}
        return tuple(_bare(name, units) if name is not None and MERGED in name else name for name in axes)

    def backwards(self, layer: Layer) -> None:
        """Kinds that keep every axis tell their inputs what is known of their output."""
        found = self.found.get(layer.outputs[0])
        if found is None:
            return
        claims, made = kind(layer.kind).axes(layer.attributes, (found, *(None,) * (len(layer.inputs) - 1)))
        if made[:1] == (found,) and claims[:1] == (found,):
            for name in layer.inputs:
                self.put(name, found)

    def before(self, turned: str, made: str, order: Sequence[int]) -> None:
        """The axes that a permutation takes are those that it leaves."""
        known = self.found.get(made)
        if known is not None and len(known) == len(order):
            self.put(turned, tuple(known[at] for at in inverse(tuple(order))))

    def behind(self, layer: Layer) -> None:
        """The last axes of a reshape, and the first of one that merges axes, are what they were as far as sizes agree.

        Which of several axes of one element is which the layer itself tells.
        """
        before, after = layer.inputs[0], layer.outputs[0]
        sizes = [self.values[name].shape if name in self.values else None for name in (before, after)]
        if sizes[0] is None or sizes[1] is None:
            return
        last = _equal(reversed(sizes[0][1:]), reversed(sizes[1][1:]))
        merges = layer.attributes.get("kept") is None and len(sizes[1]) < len(sizes[0])
        first = _equal(sizes[0], sizes[1]) if merges else 0
        for source, target, rank in ((before, after, len(sizes[1])), (after, before, len(sizes[0]))):
            known = self.found.get(source)
            if known is None:
                continue
            if last:
                self.put(target, (*(None,) * (rank - last), *known[-last:]))
            if first:
                self.put(target, (*known[:first], *(None,) * (rank - first)))

    def put(self, name: str, axes: Axes | None) -> None:
        """Enter names that fit the rank, keeping those that a value has; none where one would stand in two places."""
        known, value = self.found.get(name), self.values.get(name)
        if axes is None or axes == known or value is None or value.shape is None or len(value.shape) != len(axes):
            return
        old = known or (None,) * len(axes)
        made = tuple(theirs if mine is None else mine for mine, theirs in zip(old, axes, strict=True))
        added = [name for name, mine in zip(made, old, strict=True) if name is not None and mine is None]
        if not {*old}.isdisjoint(added) or len({*added}) < len(added):
            return
        self.learnt = self.learnt or made != old
        self.found[name] = made

    def guess(self, inputs: Iterable[str]) -> None:
        """An input of which nothing is known has the batch first, and channels second if it is a matrix."""
        for name in inputs:
            value = self.values.get(name)
            if value is not None and value.shape:
                rank = len(value.shape)
                self.put(name, ("N", "C") if rank == 2 else ("N", *(None,) * (rank - 1)))


def _equal(some: Iterable[Dim], others: Iterable[Dim]) -> int:
    """How many sizes are the same known ones, from the first on."""
    return sum(
        1
        for _ in takewhile(
            lambda pair: isinstance(pair[0], int) and pair[0] == pair[1], zip(some, others, strict=False)
        )
    )


def _bare(name: str, units: Collection[str | None]) -> str:
    parts = name.split(MERGED)
    return MERGED.join([part for part in parts if part not in units] or parts[-1:])
