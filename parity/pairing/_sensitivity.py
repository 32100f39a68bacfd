"""Whether what is computed of two parts would show a difference in each of their layers.

A product with zeros, or a function that saturates, hides what comes before it: that results agree says nothing. So
what a layer makes is disturbed a little, and what leaves the part has to move by far more than both sides are apart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parity.evaluation import Budget, Numbers, run
from parity.kinds import begins_mask
from parity.pairing._agreement import Part, Parts, arrays_for, made_of
from parity.pairing._draws import non_finite_draws

DISTURBED = 1e-4
"""By how much what a layer makes is disturbed, in proportion to its size."""

COARSE = 1.0
"""The same for parts without weights, where a small disturbance may change no place."""

FACTOR = 10.0
"""How many times more the disturbance has to show than both sides are apart: errors of 1e-5 in a layer would show."""

NOISE = 1e-11
"""What is rounding, in proportion to the largest number."""


def shows(
    parts: Parts,
    numbers: tuple[Numbers, Numbers],
    forms: Mapping[str, Sequence[int]],
    ends: Sequence[Sequence[int]],
    looked: tuple[Collection[str], Collection[str]],
    budget: Budget,
) -> bool:
    """Whether a difference in any of the layers would show in what leaves the parts.

    Args:
        parts: with the same roots, that have been found to agree.
        numbers: what reads the weights of each side.
        forms: for each root the axis of the left value that each axis of the right one is.
        ends: the same for what leaves the parts.
        looked: the paths of the layers that are asked about, of each side.
        budget: what may be computed.
    """
    hidden = tuple(map(frozenset, looked))
    for scale in (1.0, *non_finite_draws(*(part.layers for part in parts))[:1]):
        given = arrays_for(parts, forms, 0, scale)
        made = None if given is None else made_of(parts, numbers, given, ends, budget)
        if given is None or made is None:
            return False
        apart = [max(_most(a - b), NOISE * _most(b)) for a, b in zip(*map(_real, made), strict=True)]
        sides = zip(parts, numbers, given, hidden, strict=True)
        hidden = tuple(
            _Side(part, reader, arrays, apart, budget).hidden(paths) for part, reader, arrays, paths in sides
        )
        if not any(hidden):
            return True
    return False


@dataclass
class _Side:
    part: Part
    numbers: Numbers
    given: Mapping[str, Any]
    apart: Sequence[float]
    budget: Budget

    def hidden(self, paths: Collection[str]) -> frozenset[str]:
        """The paths of those layers in which a difference would not show."""
        layers = [layer for layer in self.part.layers if layer.path in paths]
        asked = [value for layer in layers for value in layer.outputs]
        plain = self._made(self.given, [*self.part.values, *asked])
        if plain is None:
            return frozenset(layer.path for layer in layers)
        return frozenset(layer.path for layer in layers if not self._moves(layer.outputs, plain))

    @cached_property
    def _used(self) -> set[str]:
        """The values that layers of the part take, or that leave it: the places of a sort, without what it sorts."""
        return {*self.part.values, *(value for layer in self.part.layers for value in layer.inputs)}

    def _made(self, given: Mapping[str, Any], wanted: Sequence[str]) -> Mapping[str, Any] | None:
        done = run(self.part.graph, self.numbers, given, wanted=wanted, budget=self.budget)
        return None if any(value not in done.values for value in self.part.values) else done.values

    def _moves(self, outputs: Sequence[str], plain: Mapping[str, Any]) -> bool:
        """Whether what leaves the part tells that what a layer makes has been disturbed.

        What only sorts or compares shows it where that is no small part of the numbers; weights may hide it then.
        """
        amounts = (DISTURBED,) if any(layer.weights for layer in self.part.layers) else (DISTURBED, COARSE)
        return any(self._moves_by(amount, outputs, plain) for amount in amounts)

    def _moves_by(self, amount: float, outputs: Sequence[str], plain: Mapping[str, Any]) -> bool:
        given = [value for value in outputs if value in plain and value in self._used]
        disturbed = {value: _disturbed(plain[value], amount) for value in given}
        if all(array is None for array in disturbed.values()):
            return True  # whole numbers: no draw changes them
        told = {value: array for value, array in disturbed.items() if array is not None}
        made = self._made({**self.given, **told}, self.part.values)
        if made is None or not self._keeps_masks({value: plain[value] for value in told}, plain):
            return False
        pairs = (
            (*_real((made[value], plain[value])), off) for value, off in zip(self.part.values, self.apart, strict=True)
        )
        return any(_moved(now, before) > FACTOR * off for now, before, off in pairs)

    def _keeps_masks(self, told: Mapping[str, Any], plain: Mapping[str, Any]) -> bool:
        """Whether what leaves the part is the same where values in it are given: masks that Keras hands on are not."""
        if not any(begins_mask(layer) for layer in self.part.layers):
            return True
        made = self._made({**self.given, **told}, self.part.values)
        pairs = (_real((made[value], plain[value])) for value in self.part.values) if made is not None else ()
        return made is not None and not any(_moved(now, before) for now, before in pairs)


def _disturbed(array: Any, amount: float) -> Any:
    """An array with noise; None where it holds whole numbers."""
    import numpy as np

    generator = np.random.default_rng(array.size)
    if array.dtype == bool:
        return ~array if amount == COARSE else array ^ (generator.random(array.shape) < 0.5)  # a coin
    if array.dtype.kind != "f":
        return None
    finite = array[np.isfinite(array)]
    scale = float(np.sqrt(np.mean(finite**2))) if finite.size else 0.0
    return array + generator.standard_normal(array.shape) * amount * (scale or 1.0)


def _real(arrays: Sequence[Any]) -> list[Any]:
    import numpy as np

    return [np.asarray(array, "float64") for array in arrays]


def _moved(now: Any, before: Any) -> float:
    """By how much numbers have moved; infinite where there are others: of all that are not 0 their places are given."""
    import numpy as np

    others = now.shape != before.shape or not np.array_equal(np.isfinite(now), np.isfinite(before))
    return float("inf") if others else _most(now - before)


def _most(array: Any) -> float:
    import numpy as np

    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))
