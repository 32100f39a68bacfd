"""Whether two parts of graphs are the same function: computed for numbers drawn at random, with their own weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from parity.evaluation import Budget, Numbers, run
from parity.graph import Dim, Layer, LayerGraph, Value
from parity.pairing._drawn_numbers import Scale, numbers_for
from parity.pairing._draws import alike, draws_of, rounded, shows_numbers, usual_size
from parity.pairing._jumps import hides_jumps
from parity.pairing._turns import turns
from parity.sizes import factored

SIZES = ((3, 5, 7, 11, 13), (2, 9, 4, 6, 8))
"""What free axes have, in the order in which their names come up: twice, so that no size passes for a constant."""

MOST_SMALL = 8
"""Up to which size axes are tried that layers cut: a position from the end is before one from the start in these."""

OF_SIZES = "shape_of"
"""The kind that computes with sizes."""

FARTHEST = 64
"""Layers that cut a free axis farther on are not computed."""

ABSOLUTE = 2e-6
"""How far results may be apart, in proportion to the largest: folded weights have been rounded."""


@dataclass(frozen=True)
class Part:
    """A part of a graph.

    Attributes:
        graph: the side.
        values: what leaves it, in the order of the ends.
        layers: those that make it, producers first.
        roots: the values that enter it, each under the name that both sides know it by.
        told: which axis of the right is which of the left one, of what enters and leaves it.
        aliases: values that it makes besides, each with the one of its values that it is equal to.
    """

    graph: LayerGraph
    values: tuple[str, ...]
    layers: tuple[Layer, ...]
    roots: Mapping[str, str]
    told: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of its layers."""
        return frozenset(layer.path for layer in self.layers)

    @property
    def made(self) -> tuple[str, ...]:
        """The values that its layers make."""
        return tuple(value for layer in self.layers for value in layer.outputs)


Parts = tuple[Part, Part]


def agree(
    parts: Parts,
    numbers: tuple[Numbers, Numbers],
    forms: Mapping[str, Sequence[int]],
    ends: Sequence[Sequence[int]],
    budget: Budget,
) -> bool:
    """Whether both parts make the same of what enters them, whatever that is.

    Args:
        parts: with the same roots.
        numbers: what reads the weights of each side.
        forms: for each root the axis of the left value that each axis of the right one is.
        ends: the same for what leaves the parts.
        budget: what may be computed.
    """
    draws = draws_of(parts[0].layers, parts[1].layers, parts[0].graph, parts[0].roots)
    farthest = _farthest(parts)
    if farthest > FARTHEST:
        return False
    tried = _sizes_of(parts, farthest)
    shown, usual = False, list[float]()
    for at, scale in enumerate(_and_turns(parts, numbers, forms, draws or (), budget)):
        if scale is None:
            return False
        for sizes in tried if at == 0 else tried[:1]:
            given = arrays_for(parts, forms, at, scale, sizes)
            made = None if given is None else made_of(parts, numbers, given, ends, budget)
            if made is None:
                return False
            if at == 0 and hides_jumps(parts[0].layers, parts[1].layers, made[1]):
                return False
            usual = usual or [usual_size(each) for each in made[1]]
            fits = zip(*made, (rounded(scale, each) for each in usual), strict=True)
            if not all(alike(left, right, ABSOLUTE, most) for left, right, most in fits):
                return False
            shown = shown or shows_numbers(scale, made[1])
    return shown and _agree_where_short(parts, numbers, forms, ends, budget, farthest)


def _and_turns(
    parts: Parts,
    numbers: tuple[Numbers, Numbers],
    forms: Mapping[str, Sequence[int]],
    draws: Sequence[Scale],
    budget: Budget,
) -> Iterator[Scale | None]:
    """The draws, and after these those in which comparisons turn; None where one never does."""
    yield from draws
    found = turns(parts, numbers, lambda draw, scale: arrays_for(parts, forms, draw, scale), draws, budget)
    yield from (None,) if found is None else found


def _agree_where_short(
    parts: Parts,
    numbers: tuple[Numbers, Numbers],
    forms: Mapping[str, Sequence[int]],
    ends: Sequence[Sequence[int]],
    budget: Budget,
    farthest: int,
) -> bool:
    """Whether both parts make the same of axes that are shorter than the positions at which layers cut, too.

    So they have to where sizes themselves are computed with. A size that either side does not take is not asked about.
    """
    sized = any(layer.kind == OF_SIZES for part in parts for layer in part.layers)
    most = MOST_SMALL if sized else min(2 * farthest, MOST_SMALL)
    for size in range(1, most + 1) if _is_free(parts[0]) else ():
        given = arrays_for(parts, forms, 0, 1.0, [size])
        made = None if given is None else made_of(parts, numbers, given, ends, budget)
        if made is not None and not all(alike(left, right, ABSOLUTE) for left, right in zip(*made, strict=True)):
            return False
    return True


def _sizes_of(parts: Parts, farthest: int) -> Sequence[Sequence[int]]:
    """What free axes have: more than any position at which a layer cuts, since less would not show that it does."""
    if not _is_free(parts[0]):
        return SIZES[:1]
    return SIZES if farthest < min(SIZES[1]) else [[size + farthest for size in sizes] for sizes in SIZES]


def _farthest(parts: Parts) -> int:
    """The farthest position at which a layer cuts a free axis."""
    if not _is_free(parts[0]):
        return 0
    bounds = (each for part in parts for layer in part.layers for each in layer.attributes.get("bounds", ()))
    return max((abs(at) for each in bounds for at in each[:2] if isinstance(at, int)), default=0)


def _is_free(part: Part) -> bool:
    return any(not isinstance(size, int) for root in part.roots for size in part.graph.shape(root) or ())


def arrays_for(
    parts: Parts, forms: Mapping[str, Sequence[int]], draw: int, scale: Scale, sizes: Sequence[int] = SIZES[0]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Numbers for what enters each part, by the names of its own side; None where sizes contradict."""
    import numpy as np

    named = {name: root for root, name in parts[0].roots.items()}
    free: dict[str, int] = {}
    arrays = {}
    for name in sorted(named):
        value = parts[0].graph.values[named[name]]
        other = parts[1].graph.values[next(root for root, each in parts[1].roots.items() if each == name)]
        shape = _sized(value, other, forms[name], free, sizes)
        if shape is None:
            return None
        ends = [(part.graph, root) for part in parts for root, each in part.roots.items() if each == name]
        arrays[name] = numbers_for(ends, shape, name, draw, scale)
    mine = {root: arrays[name] for root, name in parts[0].roots.items()}
    return mine, {root: np.transpose(arrays[name], forms[name]) for root, name in parts[1].roots.items()}


def made_of(
    parts: Parts,
    numbers: tuple[Numbers, Numbers],
    given: tuple[Mapping[str, Any], Mapping[str, Any]],
    ends: Sequence[Sequence[int]],
    budget: Budget,
) -> tuple[list[Any], list[Any]] | None:
    """What leaves both parts, with axes as the right one has them; None where it cannot be computed."""
    import numpy as np

    left, right = (
        run(part.graph, reader, arrays, wanted=part.values, budget=budget)
        for part, reader, arrays in zip(parts, numbers, given, strict=True)
    )
    if left.gaps or right.gaps:
        return None
    mine = [np.transpose(left.values[value], form) for value, form in zip(parts[0].values, ends, strict=True)]
    return mine, [right.values[value] for value in parts[1].values]


def _sized(
    mine: Value, theirs: Value, form: Sequence[int], free: dict[str, int], sizes: Sequence[int]
) -> tuple[int, ...] | None:
    """The shape of an array for both values, the same size for the same name; None where they contradict."""
    back = dict(zip(form, theirs.shape or (), strict=True))
    found = []
    for axis, size in enumerate(mine.shape or ()):
        told: Dim = size if isinstance(size, int) else back.get(axis)
        found.append(told if isinstance(told, int) else _size(str(size or ""), free, sizes))
    return tuple(found)


def _size(name: str, free: dict[str, int], sizes: Sequence[int]) -> int:
    """The size of a free axis; that of a product follows from its factors."""
    product = factored(name)
    total = product.number
    for each in product.names:
        total *= free.setdefault(each, sizes[len(free) % len(sizes)])
    return total
