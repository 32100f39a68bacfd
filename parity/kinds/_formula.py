"""The arithmetic behind a parameter count, derived from hyperparameters and checked against the stored tensors."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod

from parity.graph import Layer, Shape, Weight
from parity.kinds._registry import kind


@dataclass(frozen=True, slots=True)
class Term:
    """One weight's count: ``factors`` are the sizes of its axes, ``labels`` their names."""

    role: str
    factors: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def value(self) -> int:
        """The number of elements."""
        return prod(self.factors)


def terms_of(layer: Layer, inputs: Sequence[Shape | None]) -> dict[str, Term]:
    """A term for each weight of a layer, by weight name, from its hyperparameters and input shapes.

    A weight whose stored size the hyperparameters do not reproduce has no term.
    """
    sizes = kind(layer.kind).sizes(layer.attributes, inputs)
    terms: dict[str, Term] = {}
    for weight in layer.weights:
        labels = tuple(part for axis in weight.axes.split() for part in axis.split("*"))
        if weight.role is None or not all(label in sizes for label in labels):
            continue
        term = Term(weight.role, tuple(sizes[label] for label in labels), labels)
        if term.value == weight.numel and (labels or not weight.shape):
            terms[weight.name] = term
    return terms


def contradictions(layer: Layer, inputs: Sequence[Shape | None]) -> Iterator[tuple[Weight, tuple[int, ...]]]:
    """Weights whose stored shape is not what the hyperparameters and the input make it, with that shape."""
    if not layer.weights:
        return
    sizes = kind(layer.kind).sizes(layer.attributes, inputs)
    for weight in layer.weights:
        axes = [axis.split("*") for axis in weight.axes.split()]
        if (
            weight.role is None
            or len(axes) != len(weight.shape)
            or not all(label in sizes for axis in axes for label in axis)
        ):
            continue
        made = tuple(prod(sizes[label] for label in axis) for axis in axes)
        if made != weight.shape and not _packed(weight, made):
            yield weight, made


def _packed(weight: Weight, made: tuple[int, ...]) -> bool:
    """Whether each element holds two numbers of four bits, as Keras packs them along the last axis."""
    halved = (*made[:-1], -(-made[-1] // 2)) if made else made
    return weight.dtype in {"int8", "uint8"} and weight.shape == halved


def formula(weights: Iterable[Weight], terms: dict[str, Term]) -> tuple[Term, ...] | None:
    """The terms of all the given weights, or None where one of them has none."""
    wanted = [terms.get(weight.name) for weight in weights]
    if not wanted or any(term is None for term in wanted):
        return None
    return tuple(term for term in wanted if term is not None)


def render(terms: Sequence[Term]) -> str:
    """The formula as text; runs of equal terms are written once.

    >>> render([Term("kernel", (3, 3, 24, 36), ()), Term("bias", (36,), ())])
    '3*3*24*36 + 36'
    """
    parts = []
    for factors, run in groupby(term.factors for term in terms):
        count = len(list(run))
        numbers = ([count] if count > 1 else []) + list(factors)
        parts.append("*".join(str(number) for number in numbers) or "1")
    return " + ".join(parts)
