"""One change to the stored tensors of a model, and what must be said of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.graph import Layer, Weight
from parity.transfer import Cause

Arrays = Mapping[str, Any]
SMALL = 6
"""Elements below which a change cannot be told from others."""


@dataclass(frozen=True)
class Mutant:
    """Changed tensors.

    Attributes:
        change: what was done, in words.
        arrays: those that are not as they were, by name.
        touched: the layers that hold them, by path, with the roles.
        causes: the diagnoses of which one must be given.
    """

    change: str
    arrays: Arrays
    touched: frozenset[tuple[str, str]]
    causes: frozenset[Cause]


def whole(weight: Weight) -> bool:
    """Whether a weight is a stored tensor by itself."""
    return not (weight.cuts or weight.pieces or weight.joined) and weight.factor == 1


def mutants(layers: list[Layer], stored: Arrays, seed: int) -> Iterator[Mutant]:
    """Every change that a model of these layers admits; each tensor is changed in each way once."""
    random = np.random.default_rng(seed)
    uses = [(layer, weight) for layer in layers for weight in layer.weights if whole(weight) and weight.name in stored]
    shared = {name for name in stored if sum(weight.name == name for _, weight in uses) != 1}
    own = [(layer, weight) for layer, weight in uses if weight.name not in shared]
    for layer, weight in own:
        array = stored[weight.name]
        if array.size < SMALL or array.dtype.kind != "f" or np.unique(array).size < array.size // 2:
            continue
        for change, causes, made in _changes(array, weight, random):
            if not np.array_equal(made, array):
                touched = frozenset({(layer.path, str(weight.role))})
                yield Mutant(f"{weight.name}: {change}", {weight.name: made}, touched, frozenset(causes))
    yield from _exchanges(own, stored)


def _changes(array: Any, weight: Weight, random: Any) -> Iterator[tuple[str, set[Cause], Any]]:
    noise = random.standard_normal(array.shape).astype(array.dtype)
    yield "perturbed", {Cause.CHANGED}, array + noise * array.std() * array.dtype.type(0.05)
    one = array.copy()
    one.flat[int(random.integers(array.size))] += array.dtype.type(1)
    yield "one element changed", {Cause.CHANGED}, one
    yield "cast to half and back", {Cause.PRECISION}, array.astype("float16").astype(array.dtype)
    yield "zeroed", {Cause.UNTRAINED}, np.zeros_like(array)
    yield "scaled", {Cause.MULTIPLE}, array * array.dtype.type(1.5)
    yield "not a number", {Cause.NOT_FINITE}, np.where(array == array.max(), array.dtype.type("nan"), array)
    axis = max(range(array.ndim), key=lambda at: array.shape[at])
    yield "flipped", {Cause.FLIPPED}, np.flip(array, axis).copy()
    moved = random.permutation(array.shape[axis])
    yield "units permuted", {Cause.UNITS, Cause.FLIPPED}, array.take(moved, axis)
    square = [at for at in range(array.ndim) if array.shape[at] == array.shape[axis] and at != axis]
    if square:
        yield "transposed", {Cause.TRANSPOSED}, np.swapaxes(array, axis, square[0]).copy()
    axes = weight.axes.split()
    gate = next((at for at, name in enumerate(axes) if name.startswith("gate*")), None)
    if gate is not None:
        yield "gates permuted", {Cause.GATES}, np.roll(array, _gate(array, gate), gate)


def _gate(array: Any, axis: int) -> int:
    """The size of a gate: of four where they divide the axis, of three otherwise."""
    return array.shape[axis] // (4 if not array.shape[axis] % 4 and array.shape[axis] % 3 else 3)


def _exchanges(own: list[tuple[Layer, Weight]], stored: Arrays) -> Iterator[Mutant]:
    """Two tensors of one shape, each in the place of the other."""
    done = set()
    for at, (layer, weight) in enumerate(own):
        for other, twin in own[at + 1 :]:
            a, b = stored[weight.name], stored[twin.name]
            if (
                a.shape != b.shape
                or np.array_equal(a, b)
                or a.size < SMALL
                or weight.axes != twin.axes
                or weight.name in done
            ):
                continue
            if {weight.role, twin.role} == {"moving_mean", "moving_variance"} and layer is other:
                causes = {Cause.STATISTICS}
            elif weight.role == twin.role and layer is not other:
                causes = {Cause.ELSEWHERE, Cause.PROJECTIONS}
            else:
                continue
            touched = frozenset({(layer.path, str(weight.role)), (other.path, str(twin.role))})
            done.add(weight.name)
            yield Mutant(
                f"{weight.name} and {twin.name} exchanged",
                {weight.name: b, twin.name: a},
                touched,
                frozenset(causes),
            )
