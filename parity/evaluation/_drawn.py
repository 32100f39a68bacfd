"""Numbers for graphs that have none: weights drawn for what they are to their layers, and example inputs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from math import prod, sqrt
from typing import TYPE_CHECKING, Any
from zlib import crc32

from parity.evaluation._lengths import drawn_lengths
from parity.evaluation._numbers import made
from parity.graph import Layer, LayerGraph, Weight
from parity.kinds import Uncomputable

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

CUT = re.compile(r"(\[\d+:\d+(,\d+:\d+)*\])+$")
"""How the storage of a part ends."""

SPREAD = {"moving_variance", "variance"}
"""Roles that are divided by the root of."""

FACTORS = {"gamma", "scale", "magnitude"}
TERMS = {"bias", "beta", "recurrent_bias", "moving_mean", "mean"}
MOST = 1 << 28
"""No tensor of more elements is drawn."""

FREE = 2
"""The size of an axis that is free."""

PLACES = 3
"""What whole numbers are drawn below where nothing tells what they are places in."""

READS_PLACES = {"embedding", "embedding_bag", "gather", "one_hot", "scatter", "select", "slice"}
"""Kinds to which whole numbers may be places."""

PASSES = {"identity", "cast", "reshape", "flatten", "permute", "expand", "slice", "dropout", "stack_axis", "concat"}
"""Kinds that hand numbers of places on."""


@dataclass(frozen=True)
class Drawn:
    """The weights of a graph, drawn; every tensor of one storage has the same numbers.

    Attributes:
        graph: whose weights they are.
        seed: another one gives other numbers.
    """

    graph: LayerGraph
    seed: int = 0

    def read(self, weight: Weight) -> Array:
        """The array of a weight of the graph.

        Raises:
            Uncomputable: it is too large to be drawn.
        """
        return made(weight, _Tensors(self))

    @property
    def stored(self) -> Mapping[str, Array]:
        """The drawn tensors by name."""
        return _Tensors(self)

    @cached_property
    def tensors(self) -> Mapping[str, Weight]:
        """What is known of each stored tensor, by name: what it is to a layer tells most."""
        found: dict[str, Weight] = {}
        for weight in (*(each for layer in self.graph.layers for each in layer.weights), *self.graph.weights):
            for each in _bases(weight):
                known = found.get(each.whole or each.name)
                if known is None or (known.cuts and not each.cuts):
                    found[each.whole or each.name] = each
        return found


def drawn(graph: LayerGraph, seed: int = 0) -> Drawn:
    """Numbers for the weights of a graph: variances are positive, kernels as large as their inputs are many."""
    return Drawn(graph, seed)


def _bases(weight: Weight) -> Iterator[Weight]:
    """The weights that are of one stored tensor each."""
    if weight.joined:
        for each in weight.joined:
            yield from _bases(each)
    elif not weight.pieces:
        yield weight


class _Tensors(Mapping[str, Array]):
    """The stored tensors of a graph by name."""

    def __init__(self, of: Drawn) -> None:
        self.of = of

    def __getitem__(self, name: str) -> Array:
        return _tensor(self.of.tensors[name], self.of.seed)

    def __contains__(self, name: object) -> bool:  # Mapping's own would make the array
        return name in self.of.tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self.of.tensors)

    def __len__(self) -> int:
        return len(self.of.tensors)


def _tensor(weight: Weight, seed: int) -> Array:
    """The stored tensor that a weight is, or is cut out of."""
    import numpy as np

    shape = weight.cuts[0].shape if weight.cuts else weight.shape
    if prod(shape) > MOST:
        raise Uncomputable(f"{weight.name} has {prod(shape):.3g} elements, and at most {MOST:.3g} are drawn")
    if weight.numbers is not None and len(weight.numbers) == prod(shape):
        return np.asarray(weight.numbers).reshape(shape)
    storage = CUT.sub("", weight.storage) if weight.cuts else weight.storage
    generator = np.random.default_rng([crc32(storage.encode("utf-8", "surrogatepass")), seed])
    return _by_role(weight, shape, generator)


def _by_role(weight: Weight, shape: tuple[int, ...], generator: Any) -> Array:
    import numpy as np

    if weight.zeros or weight.dtype.startswith(("int", "uint")):
        return np.zeros(shape, "int64" if weight.dtype.startswith(("int", "uint")) else "float64")
    if weight.dtype == "bool":
        return np.asarray(generator.random(shape) < 0.5)  # a coin
    numbers = np.asarray(generator.standard_normal(shape))
    if weight.dtype.startswith("complex"):
        return np.asarray(numbers + 1j * generator.standard_normal(shape))
    if weight.role in SPREAD:
        return np.asarray(0.5 + np.abs(numbers))
    if weight.role in FACTORS:
        return np.asarray(1 + 0.2 * numbers)
    return np.asarray(numbers * 0.1 if weight.role in TERMS else numbers / sqrt(_fan_in(weight)))


def _fan_in(weight: Weight) -> int:
    """How many products a unit adds up."""
    names = weight.axes.split()
    if weight.role is None or "kernel" not in weight.role or len(names) != len(weight.shape):
        return 1
    units = {"out", "units", "multiplier", "group"}
    rest = [size for name, size in zip(names, weight.shape, strict=True) if not units.intersection(name.split("*"))]
    return max(prod(rest), 1)


def drawn_inputs(graph: LayerGraph, seed: int = 0, sizes: Mapping[str, int] | None = None) -> dict[str, Array]:
    """Example inputs: normal numbers, whole ones that tables have a row for, truth values.

    Args:
        graph: with wiring.
        seed: another one gives other numbers.
        sizes: of axes that have a name; others that are free have 2 elements.

    Raises:
        Uncomputable: the shape of an input is not known, or it is too large.
    """
    import numpy as np

    found: dict[str, Array] = {}
    for at, name in enumerate(graph.inputs):
        value = graph.values.get(name)
        if value is None or value.shape is None:
            raise Uncomputable(f"the shape of the input {name} is not known")
        free = {each: FREE for each in value.shape if isinstance(each, str)} | dict(sizes or {})
        shape = tuple(each if isinstance(each, int) else free.get(each or "", FREE) for each in value.shape)
        if prod(shape) > MOST:
            raise Uncomputable(f"the input {name} has {prod(shape):.3g} elements, and at most {MOST:.3g} are drawn")
        generator = np.random.default_rng([at, seed])
        dtype = value.dtype or "float32"
        if (mask := drawn_lengths([(graph, name)], shape, generator)) is not None:
            found[name] = mask.astype(dtype)
        elif dtype == "bool":
            found[name] = generator.random(shape) < 0.5  # a coin
        elif dtype.startswith(("int", "uint")):
            found[name] = generator.integers(*whole_numbers([(graph, name)]), shape)
        else:
            found[name] = generator.standard_normal(shape)
    return found


def whole_numbers(ends: Iterable[tuple[LayerGraph, str]]) -> tuple[int, int]:
    """The range that the whole numbers of a value are drawn from, in one graph or several that all take it.

    Returns:
        The least, and one more than the largest.
    """
    found = [*ends]
    places = fewest_places(found)
    signed = all(is_signed(graph, value) for graph, value in found)
    return (-PLACES if signed and places is None else 0), PLACES if places is None else places


def fewest_places(ends: Iterable[tuple[LayerGraph, str]]) -> int | None:
    """How many places the smallest table has that a value is looked up in, in one graph or several; None for none."""
    return min((each for graph, value in ends for each in _places_read(graph, value)), default=None)


def is_signed(graph: LayerGraph, value: str) -> bool:
    """Whether negative whole numbers may be drawn for a value: its type has them, and no layer reads them as places."""
    known = graph.values.get(value)
    if known is None or not (known.dtype or "").startswith("int"):
        return False
    waiting, seen = [value], set[str]()
    while waiting:
        if (at := waiting.pop()) in seen:
            continue
        seen.add(at)
        for layer in graph.consumers.get(at, ()):
            if layer.kind in READS_PLACES:
                return False
            waiting += (each for each in layer.outputs if _may_be_whole(graph, each))
    return True


def _may_be_whole(graph: LayerGraph, value: str) -> bool:
    known = graph.values.get(value)
    return known is None or known.dtype is None or known.dtype.startswith(("int", "uint"))


def _places_read(graph: LayerGraph, value: str) -> Iterable[int]:
    """How many places those have that read a value as numbers of places, or that and a number that is added to it."""
    most, found = {value: 0}, list[int]()
    waiting = [(-1, value)]  # in the order of the graph: all that is added to a value is known when it is looked at
    while waiting:
        _, at = heappop(waiting)
        for layer in graph.consumers.get(at, ()):
            added = 0 if layer.kind in PASSES else _added(layer)
            for output in layer.outputs if added is not None else ():
                if output not in most:
                    heappush(waiting, (graph.places[layer.path], output))
                most[output] = max(most.get(output, 0), most[at] + (added or 0))
            size: Any = layer.attributes.get("vocab", layer.attributes.get("depth"))
            if layer.kind == "gather" and layer.inputs[:1] != (at,):
                axis, data = layer.attributes.get("axis"), graph.shape(layer.inputs[0])
                data = layer.weights[0].shape if layer.weights else data
                size = data[axis] if data is not None and isinstance(axis, int) else 1
            if isinstance(size, int) and size > 0:
                found.append(max(size - most[at], 1))
    return found


def _added(layer: Layer) -> int | None:
    """The whole number that a layer adds to numbers of places; None for one that does something else."""
    operand = layer.attributes.get("operand")
    plain = layer.kind == "elementwise" and layer.attributes.get("function") == "add" and len(layer.inputs) == 1
    return int(operand) if plain and isinstance(operand, float) and operand.is_integer() and operand >= 0 else None
