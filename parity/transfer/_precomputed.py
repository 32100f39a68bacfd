"""Tensors that an exporter has computed of others beforehand: what it stores is what layers of the other model give.

A table of positions is looked up, a scale is the exponential of a trained number: ``parity.pairing.computed_before``
has found what is computed of what, and how.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from parity.comparison import Difference
from parity.errors import ParityError
from parity.evaluation import Tensors, run
from parity.graph import Layer, LayerGraph, Weight
from parity.passes import COMPUTED_BEFORE, Computed
from parity.transfer._expression import Expression, Read
from parity.transfer._stored import Sizes, of_weight

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


@dataclass(frozen=True, slots=True)
class Evaluated(Expression):
    """What layers that depend on nothing that comes in make of stored tensors, which are the parts."""

    graph: LayerGraph | None = field(default=None, hash=False)

    def array(self, read: Read) -> Array:
        """What they compute, in double precision."""
        return self.made((), read)

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  weights are read as they are used
        """The same.

        Raises:
            ParityError: a layer cannot be evaluated.
        """
        if self.graph is None:
            raise ValueError(self.shape)
        found = run(self.graph, Tensors(_ByName(read, {*self.names()})), {})
        if found.gaps:
            gap = found.gaps[0]
            raise ParityError(f"cannot evaluate {gap.source}", gap.reason)
        (made,) = found.values.values()
        return made.reshape(self.shape)


class _ByName(Mapping[str, Array]):
    """Tensors that are read by name."""

    def __init__(self, read: Read, names: set[str]) -> None:
        self.read, self.names = read, names

    def __getitem__(self, name: str) -> Array:
        if name not in self.names:
            raise KeyError(name)
        return self.read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def is_result(layer: Layer, role: str | None) -> bool:
    """Whether a weight stands in the place of what the other model has computed of it."""
    found = layer.attributes.get(COMPUTED_BEFORE)
    return isinstance(found, Computed) and found.graph is not None and role in found.roles


def are_numbers_of(layer: Layer, role: str) -> bool:
    """Whether the other model stores, in the place of a weight, numbers that are a setting of this layer."""
    found = layer.attributes.get(COMPUTED_BEFORE)
    return isinstance(found, Computed) and not found.names and role in found.roles


def precomputed(layer: Layer, role: str | None, sizes: Sizes) -> tuple[Weight, Expression] | None:
    """What a layer computes in the place of the result of a role, and that as a weight; None for other roles.

    Of what several results are computed of, only one has it among its weights.
    """
    found = layer.attributes.get(COMPUTED_BEFORE)
    if not isinstance(found, Computed) or found.graph is None or role != found.roles[0]:
        return None
    first = layer.weight(role) or found.graph.weights[0]
    shape = found.graph.shape(found.graph.outputs[0])
    parts = [of_weight(each, sizes) for part in found.graph.layers for each in part.weights]
    known = [each for each in parts if each is not None]
    if shape is None or not all(isinstance(size, int) for size in shape) or len(known) < len(parts):
        return None
    whole = tuple(size for size in shape if isinstance(size, int))
    # What a product multiplies by has the elements of a sum along its first axis.
    axes = "in out" if (layer.kind, role) == ("dense", "kernel") and len(whole) == 2 else ""
    weight = replace(first, shape=whole, axes=axes, cuts=(), whole="", joined=(), pieces=(), numbers=None, factor=1.0)
    return weight, Evaluated(whole, tuple(known), found.graph)


def shown_by_numbers(differences: Iterable[Difference], alike: Container[tuple[str, str, str]]) -> Iterator[Difference]:
    """Differences in which what one side stores is known to be what the other one computes, where the numbers agree.

    Args:
        differences: all of them.
        alike: the paths of both layers, and the role, of weights with the same numbers.
    """
    for each in differences:
        left, right = (_as_shown(layer, each, alike) for layer in (each.left, each.right))
        yield each if left is each.left and right is each.right else replace(each, left=left, right=right)


def _as_shown(layer: Layer | None, of: Difference, alike: Container[tuple[str, str, str]]) -> Layer | None:
    found = layer.attributes.get(COMPUTED_BEFORE) if layer is not None else None
    if layer is None or not isinstance(found, Computed) or found.shown or of.left is None or of.right is None:
        return layer
    if (of.left.path, of.right.path, found.roles[0]) not in alike:
        return layer
    return replace(layer, attributes={**layer.attributes, COMPUTED_BEFORE: replace(found, shown=True)})
