"""How many multiply-accumulates a layer takes: one for each product that is added to others.

Counted are products with kernels and products of values (matmul, attention); not counted are biases, activations,
normalisations and anything else that takes a fixed number of operations for each element.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from parity.graph import Shape


@dataclass(frozen=True, slots=True)
class Work:
    """One call of a layer.

    Attributes:
        attributes: of the layer.
        inputs, outputs: shapes, None where one is not known.
        weights: the number of elements of each weight, by role.
    """

    attributes: Mapping[str, Any]
    inputs: tuple[Shape | None, ...] = ()
    outputs: tuple[Shape | None, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)


Macs = Callable[[Work], int | None]
"""The multiply-accumulates of one call, None where they are not known."""


def no_products(_: Work) -> int | None:
    """For kinds that sum no products."""
    return 0


def unknown_products(_: Work) -> int | None:
    """For kinds of which it is not known what they compute."""
    return None


def elements(shape: Shape | None) -> int | None:
    """The number of elements, None where a size is not known."""
    sizes = [size for size in shape if isinstance(size, int)] if shape is not None else []
    return prod(sizes) if shape is not None and len(sizes) == len(shape) else None


def first(shapes: tuple[Shape | None, ...]) -> Shape | None:
    """The first of the shapes, None where there is none."""
    return shapes[0] if shapes else None


def times(*factors: int | None) -> int | None:
    """A product, None where a factor is not known."""
    known = [each for each in factors if each is not None]
    return prod(known) if len(known) == len(factors) else None


def kernel_for_each_output(units: str) -> Macs:
    """Each element of the output is the sum of as many products as a unit has elements in the kernel.

    Args:
        units: the attribute that holds the number of units.
    """

    def macs(work: Work) -> int | None:
        return times(elements(first(work.outputs)), work.weights["kernel"] // work.attributes[units])

    return macs


def weights_for_each_step(*roles: str) -> Macs:
    """Each vector that comes in, at each step, is multiplied by the whole of some weights."""

    def macs(work: Work) -> int | None:
        found = first(work.inputs)
        steps = elements(found[:-1]) if found is not None else None
        return times(steps, sum(work.weights.get(role, 0) for role in roles))

    return macs
