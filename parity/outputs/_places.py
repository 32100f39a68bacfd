"""Where the elements of a weight are: in the tensors that are stored, and along the axes that it is merged of."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod

from parity.evaluation import Tensors
from parity.graph import Layer, SourceGraph, Weight
from parity.kinds import Uncomputable
from parity.outputs._contract import Array, Unmatched


@dataclass
class Places:
    """The stored tensors of a model as one long row of numbers, those that share their elements once."""

    shapes: Mapping[str, tuple[int, ...]]
    offsets: dict[str, int]
    total: int
    values: dict[str, Array] = field(default_factory=dict)
    storages: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, source: SourceGraph) -> "Places":
        """The stored tensors of a source, of which nothing is put yet."""
        offsets: dict[str, int] = {}
        total = 1  # 0 is the place of what is not stored: the zeros between pieces
        for weight in source.weights.values():
            if not weight.pieces and weight.storage not in offsets:
                offsets[weight.storage] = total
                total += weight.numel
        shapes = {name: weight.shape for name, weight in source.weights.items() if not weight.pieces}
        storages = {name: source.weights[name].storage for name in shapes}
        return cls(shapes, offsets, total, {}, storages)

    def put(self, weight: Weight, array: Array) -> str:
        """Let a weight of the graph have an array; "" or why that cannot be."""
        import numpy as np

        if any(each.factor != 1 for each in weight.joined):
            return f"{weight.name} is assembled from scaled parts"
        try:
            at = Tensors(self._numbered(weight)).read(replace(weight, factor=1.0)).ravel()
        except Uncomputable as error:
            return str(error)
        if at.dtype.kind != "i":
            return f"{weight.name} is not stored"
        flat = np.asarray(array, "float64").ravel() / weight.factor
        for name in stored_names(weight):
            values = self._values(name)
            start = self.offsets[self.storages[name]]
            mine = (at >= start) & (at < start + values.size)
            places = at[mine] - start
            before = values[places]
            if not np.array_equal(before[~np.isnan(before)], flat[mine][~np.isnan(before)]):
                return f"{weight.name} is shared on one side only"
            values[places] = flat[mine]
        return ""

    def _values(self, name: str) -> Array:
        import numpy as np

        return self.values.setdefault(self.storages[name], np.full(prod(self.shapes[name]), np.nan))

    def _numbered(self, weight: Weight) -> Mapping[str, Array]:
        import numpy as np

        return {
            name: np.arange(prod(self.shapes[name])).reshape(self.shapes[name]) + self.offsets[self.storages[name]]
            for name in stored_names(weight)
            if name in self.shapes
        }

    def filled(self, stored: Mapping[str, Array]) -> dict[str, Array]:
        """The tensors that something was put into, by name; the rest of them is as it is stored.

        Raises:
            Unmatched: the rest cannot be read.
        """
        import numpy as np

        found = {}
        for name, shape in self.shapes.items():
            values = self.values.get(self.storages[name])
            if values is None:
                continue
            if np.isnan(values).any():
                if name not in stored:
                    raise Unmatched(f"parts of {name} are missing")
                values = np.where(np.isnan(values), np.asarray(stored[name], "float64").ravel(), values)
            found[name] = values.reshape(shape)
        return found


def stored_names(weight: Weight) -> Iterator[str]:
    """The stored tensors that a weight of a graph is made of."""
    for each in weight.joined:
        yield from stored_names(each)
    yield from dict.fromkeys(piece.name for piece in weight.pieces)
    if not weight.joined and not weight.pieces:
        yield weight.whole or weight.name


Parts = tuple[list[str], list[int], list[str]]


def apart(mine: Weight, theirs: Weight, left: Layer) -> Parts | None:
    """The axes of a left weight taken apart, with their sizes, and in which order they are on the right.

    Those that both merge in the same way stay merged, but for gates, of which each model has its own order. None where
    the two do not have the same axes.
    """
    whole = {axis for axis in mine.axes.split() if axis in theirs.axes.split() and "gate" not in axis}
    known = (
        {"gate": len(str(left.attributes.get("gate_order") or "").split())} if "gate_order" in left.attributes else {}
    )
    for weight in (mine, theirs):
        named = weight.axes.split()
        if len(named) != len(weight.shape):
            return None
        sized = zip(named, weight.shape, strict=True)
        known |= {name: size for name, size in sized if "*" not in name or name in whole}
    sizes = [_sizes(weight, known, whole) for weight in (mine, theirs)]
    if sizes[0] is None or sizes[1] is None or sizes[0] != sizes[1]:
        return None
    names, wanted = ([*dict.fromkeys(_parts(weight, whole))] for weight in (mine, theirs))
    names, wanted = ([name for name in each if name in sizes[0]] for each in (names, wanted))
    return (names, [sizes[0][name] for name in names], wanted) if sorted(names) == sorted(wanted) else None


def _parts(weight: Weight, whole: Collection[str]) -> list[str]:
    return [part for axis in weight.axes.split() for part in ([axis] if axis in whole else axis.split("*"))]


def _sizes(weight: Weight, known: Mapping[str, int], whole: Collection[str]) -> dict[str, int] | None:
    """The size of every axis of more than one element that those of a weight are merged of."""
    found: dict[str, int] = {}
    for axis, size in zip(weight.axes.split(), weight.shape, strict=True):
        parts = [axis] if axis in whole else axis.split("*")
        told = prod(known[part] for part in parts if part in known)
        rest = [part for part in parts if part not in known]
        if len(rest) > 1 or not told or size % told or (not rest and told != size) or found.keys() & parts:
            return None
        found |= {part: known.get(part, size // told) for part in parts}
    return {name: size for name, size in found.items() if size != 1}
