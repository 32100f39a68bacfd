"""Random draws of operators: an operator tells its operands and settings as functions of what is drawn already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from differential.programs import Const, Node, Operand, Unfit

NUMBERS = (0.5, 2.0, -1.0, 0.1, 3.0, 1.5, 0.25, -0.3, 1.0, 0.0)
"""Scalars of programs."""


@dataclass
class Draw:
    """One call being drawn: the values there are, and what has been chosen for the call."""

    rng: np.random.Generator
    values: Mapping[str, np.ndarray]
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: list[Operand] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def chance(self, share: float) -> bool:
        """True in a share of all draws."""
        return bool(self.rng.random() < share)

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        if not len(choices):
            raise Unfit
        return choices[int(self.rng.integers(len(choices)))]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def number(self) -> float:
        """A scalar of a program."""
        return float(self.pick(NUMBERS))

    def seed(self) -> int:
        """Of a weight."""
        return self.between(1, 1 << 30)

    def array(self, at: int = 0) -> np.ndarray:
        """What an operand is."""
        operand = self.inputs[at]
        if operand is None:
            raise Unfit
        return operand.array() if isinstance(operand, Const) else self.values[operand]

    def shape(self, at: int = 0) -> tuple[int, ...]:
        """The shape of an operand."""
        return tuple(self.array(at).shape)

    def rank(self, at: int = 0) -> int:
        """The number of its axes."""
        return self.array(at).ndim

    def value(self, fits: Callable[[np.ndarray], bool]) -> str:
        """A value that fits, rather one of the last."""
        found = [name for name, array in self.values.items() if fits(array)]
        if not found:
            raise Unfit
        return found[-1] if self.chance(0.75) else str(self.pick(found))

    def axis(self, at: int = 0, first: int = 0) -> int:
        """An axis of an operand, counted from either end."""
        rank = self.rank(at)
        if rank <= first:
            raise Unfit
        axis = self.between(first, rank - 1)
        return axis - rank if self.chance(0.4) else axis

    def axes(self, at: int = 0, most: int = 3) -> list[int]:
        """Some axes of an operand."""
        rank = self.rank(at)
        if not rank:
            raise Unfit
        chosen = self.rng.permutation(rank)[: self.between(1, min(most, rank))]
        return [int(axis) - (rank if self.chance(0.3) else 0) for axis in chosen]

    def order(self, at: int = 0) -> list[int]:
        """An order of axes."""
        return [int(axis) for axis in self.rng.permutation(self.rank(at))]

    def weight(self, shape: Sequence[int], how: str = "normal", dtype: str = "float32") -> Const:
        """A stored tensor that nobody compares."""
        return Const(dtype, tuple(int(size) for size in shape), seed=self.seed(), how=how, place=self.place())

    def numbers(self, values: Any, dtype: str = "int64") -> Const:
        """A stored tensor that is part of the program."""
        array = np.array(values, dtype)
        return Const(dtype, array.shape, tuple(array.reshape(-1).tolist()), place=self.place())

    def place(self) -> str:
        """Where a stored tensor is; mostly with the others."""
        return self.pick(["initializer"] * 10 + ["constant", "identity"])

    def split(self, size: int) -> tuple[int, int]:
        """Two factors of a size."""
        return self.pick([(a, size // a) for a in range(1, size + 1) if size % a == 0])


Slot = Callable[[Draw], Operand]
Setting = Callable[[Draw], Any]


@dataclass(frozen=True)
class Op:
    """An operator: how its operands and settings are drawn: the first operand, the settings, the other operands.

    Attributes:
        key: its name in the table; ``type`` where several entries are of one operator.
        group: operators of one group can stand for each other.
        more: what else a framework's source text needs to know.
    """

    key: str
    slots: tuple[Slot, ...]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    group: str = ""
    since: int = 0
    until: int = 1 << 30
    outputs: int | Callable[[Draw], int] = 1
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The operator's own name."""
        return self.key.partition("/")[0]

    def draw(self, draw: Draw, identity: int) -> Node:
        """A call of the operator."""
        draw.inputs = [slot(draw) for slot in self.slots[:1]]
        draw.settings = {}
        for name, each in self.settings.items():
            if (value := each(draw)) is not None:
                draw.settings[name] = value
        for slot in self.slots[1:]:
            draw.inputs.append(slot(draw))
        outputs = self.outputs if isinstance(self.outputs, int) else self.outputs(draw)
        return Node(identity, self.key, trimmed(draw.inputs), draw.settings, outputs, draw.seed())


def trimmed(inputs: Sequence[Operand]) -> tuple[Operand, ...]:
    """Without what is left out at the end."""
    kept = list(inputs)
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)


def kind_is(letters: str, least: int = 0, most: int = 6) -> Callable[[np.ndarray], bool]:
    """Whether an array has a kind of number and a number of axes."""
    return lambda array: array.dtype.kind in letters and least <= array.ndim <= most


def floats(least: int = 0, most: int = 6) -> Slot:
    """A value of floats."""
    return lambda draw: draw.value(kind_is("f", least, most))


def wholes(least: int = 0, most: int = 6) -> Slot:
    """A value of whole numbers."""
    return lambda draw: draw.value(kind_is("iu", least, most))


def anything(least: int = 0, most: int = 6) -> Slot:
    """A value of any type."""
    return lambda draw: draw.value(kind_is("fiub", least, most))


def maybe(share: float, slot: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    """Left out but in a share of all draws."""

    def drawn(draw: Draw) -> Any:
        return slot(draw) if draw.chance(share) else None

    drawn.optional = True  # type: ignore[attr-defined]  a failure is reduced by leaving it out
    return drawn


def choose(*choices: Any) -> Setting:
    """One of several; None leaves it to the default."""
    return lambda draw: draw.pick(choices)


def always(value: Any) -> Setting:
    """Always the same."""
    return lambda _: value
