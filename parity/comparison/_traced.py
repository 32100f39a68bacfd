"""Axes told by where they come from, and how those of a value lie to those of its counterpart.

An axis of a value is a row of parts of traced axes, outermost first: what reshapes and permutations have made of them.
The same traced axis has the same number on both sides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from parity.graph import Dim, Shape
from parity.rearrange import Factor, Form

Parts = tuple[Factor, ...]
Rows = tuple[tuple[int, ...], tuple[int, ...]]
"""Which part of a right axis each part of the left one is, and those traced axes that have an order of their own."""
Fits = Callable[[Parts, Parts], bool]


@dataclass(frozen=True, slots=True)
class Relation:
    """Which axis of a right value is which of its left counterpart.

    Attributes:
        exact: right axis by left axis.
        rows: the same where the elements of the axis come in another order.
        lost: left axes without a right one.
        extra: right axes without a left one.
    """

    exact: dict[int, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    lost: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every axis has a counterpart with its elements in the same order."""
        return not (self.lost or self.extra or self.rows)

    @property
    def same(self) -> bool:
        """Whether the axes are the same ones in the same order; those of one element may be anywhere."""
        places = [self.exact[at] for at in sorted(self.exact)]
        return self.complete and places == sorted(places)


class Axes:
    """The traced axes of a comparison: their names, and which have one element on one of the sides."""

    def __init__(self) -> None:
        """Begin with none."""
        self.names: list[str] = []
        self.sizes: list[tuple[Dim, Dim]] = []
        self.units: set[int] = set()
        self.rows_of: dict[int, int] = {}

    def new(self, name: str, left: Dim, right: Dim) -> int:
        """A traced axis, with its size on either side."""
        self.names.append(name)
        self.sizes.append((left, right))
        if 1 in {left, right}:
            self.units.add(len(self.names) - 1)
        return len(self.names) - 1

    def place(self, number: int, size: Dim) -> Parts:
        """An axis that is a traced one, whole."""
        return (Factor(number, 1, size),)

    def started(self, names: Sequence[str], left: Shape, right: Shape) -> tuple[Form, Form]:
        """A value whose axes are the same ones on both sides, place by place."""
        numbers = [self.new(name, *sizes) for name, *sizes in zip(names, left, right, strict=True)]
        return self.whole(numbers, left), self.whole(numbers, right)

    def whole(self, numbers: Sequence[int], shape: Shape) -> Form:
        """A value whose axes are traced ones, whole."""
        return tuple(self.place(number, size) for number, size in zip(numbers, shape, strict=True))

    def shuffled_like(self, number: int) -> int:
        """An axis that has the elements of another in an order of its own."""
        found = self.new(self.names[number], *self.sizes[number])
        self.rows_of[found] = number
        return found

    def bare(self, parts: Parts) -> Parts:
        """The parts of an axis that have more than one element."""
        return tuple(part for part in parts if part.size != 1 and part.axis not in self.units)

    def called(self, parts: Parts) -> str:
        """An axis in words."""
        return "*".join(dict.fromkeys(self.names[part.axis] for part in self.bare(parts))) or "one element"

    def relation(self, left: Form, right: Form) -> Relation:
        """How the axes of two counterparts lie to each other."""
        mine = {at: bare for at, parts in enumerate(left) if (bare := self.bare(parts))}
        theirs = {at: bare for at, parts in enumerate(right) if (bare := self.bare(parts))}
        exact = _paired(mine, theirs, self.alike)
        rows = _paired(mine, theirs, self.shuffled)
        return Relation(exact, rows, tuple(mine), tuple(theirs))

    def alike(self, left: Parts, right: Parts) -> bool:
        """Whether two axes are the same one; a free size is that of the other side."""
        return len(left) == len(right) and all(map(self._one, left, right))

    def shuffled(self, left: Parts, right: Parts) -> bool:
        """Whether two axes are made of the same parts, in any order."""
        return self.order(left, right) is not None

    def order(self, left: Parts, right: Parts) -> tuple[int, ...] | None:
        """Which part of a right axis each part of a left one is; None where they are not made of the same parts."""
        mine, theirs = (tuple(map(self._in_any_order, self.bare(each))) for each in (left, right))
        found: list[int] = []
        for part in mine:
            at = next((at for at, each in enumerate(theirs) if at not in found and self._one(part, each)), None)
            if at is None:
                return None
            found.append(at)
        return tuple(found) if len(found) == len(theirs) else None

    def rows(self, left: Parts, right: Parts) -> Rows:
        """The order in which the elements of a right axis come, which is equal where it is the same order."""
        own = tuple(part.axis for part in (*left, *right) if part.axis in self.rows_of)
        return self.order(left, right) or (), own

    def _one(self, left: Factor, right: Factor) -> bool:
        """Whether two parts are the same one of one axis; where they are all of it, sizes are told apart elsewhere."""
        sized = isinstance(left.size, int) and isinstance(right.size, int)
        same = left.size == right.size or not sized or (left.size, right.size) == self.sizes[left.axis]
        return left.axis == right.axis and left.stride == right.stride and same

    def _in_any_order(self, part: Factor) -> Factor:
        return replace(part, axis=self.rows_of.get(part.axis, part.axis)) if part.stride == 1 else part


def _paired(mine: dict[int, Parts], theirs: dict[int, Parts], fits: Fits) -> dict[int, int]:
    """The axes that fit each other, taken out of both."""
    found: dict[int, int] = {}
    for at, parts in tuple(mine.items()):
        other = next((place for place, each in theirs.items() if fits(parts, each)), None)
        if other is not None:
            found[at] = other
            del mine[at], theirs[other]
    return found
