"""What two tensors come to, element beside element, in one pass over both."""

from dataclasses import dataclass, field
from math import inf, sqrt
from typing import TYPE_CHECKING, Any

from parity.transfer._flat import Flat, slabs

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

HEAD = 4096
"""The first elements, which are kept: they rule out most of what is asked of all."""


@dataclass(frozen=True, slots=True, order=True)
class Rounding:
    """By how much a type of numbers rounds; the coarser of two is the greater.

    Attributes:
        step: the distance from 1 to the next number; 0 for whole numbers, which are never rounded.
        least: the smallest number above 0.
    """

    step: float
    least: float

    @classmethod
    def of(cls, dtype: Any) -> "Rounding":
        """That of a type."""
        import ml_dtypes

        try:
            told = ml_dtypes.finfo(dtype)
        except ValueError:
            return cls(0.0, 0.0)
        return cls(float(told.eps), float(told.smallest_subnormal))


@dataclass
class Moments:
    """What the numbers of one tensor come to; those that are infinite or undefined are counted and left out.

    Attributes:
        low, high: the smallest and the largest.
        total: the sum.
        square: the sum of the squares.
        count: how many they are.
        others: how many are infinite or undefined.
    """

    low: float = inf
    high: float = -inf
    total: float = 0.0
    square: float = 0.0
    count: int = 0
    others: int = 0

    def add(self, numbers: Array, others: int = 0) -> None:
        """Take in some, in double precision."""
        self.others += others
        self.count += numbers.size
        if numbers.size:
            self.low = min(self.low, float(numbers.min()))
            self.high = max(self.high, float(numbers.max()))
            self.total += float(numbers.sum())
            self.square += _product(numbers, numbers)

    @property
    def largest(self) -> float:
        """The largest absolute value; 0 without any."""
        return max(abs(self.low), abs(self.high)) if self.count else 0.0

    @property
    def mean(self) -> float:
        """The mean; 0 without any."""
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """The variance; 0 without any."""
        return max(self.square / self.count - self.mean**2, 0.0) if self.count else 0.0

    @property
    def constant(self) -> bool:
        """All are one number."""
        return self.low == self.high and not self.others


@dataclass
class Tally:
    """What two tensors come to.

    Attributes:
        left, right: each alone.
        heads: their first elements, in double precision.
        most: the largest difference of two elements; infinite where only one of them is a number.
        gap: the sum of the squares of the differences.
        product: the sum of the products.
        within: all elements are as close as the next number of the narrower type.
    """

    left: Moments = field(default_factory=Moments)
    right: Moments = field(default_factory=Moments)
    heads: tuple[Array, Array] | None = None
    most: float = 0.0
    gap: float = 0.0
    product: float = 0.0
    within: bool = True

    @classmethod
    def of(cls, left: Flat, right: Flat, rounding: Rounding) -> "Tally":
        """Go through both.

        Args:
            left: a tensor.
            right: one of as many elements.
            rounding: of the narrower type.
        """
        found = cls()
        for x, y in slabs(left, right):
            if found.heads is None:
                found.heads = x[:HEAD].copy(), y[:HEAD].copy()
            found._add(x, y, rounding)
        return found

    @property
    def largest(self) -> float:
        """The largest absolute value on either side."""
        return max(self.left.largest, self.right.largest)

    @property
    def apart(self) -> float:
        """The norm of the difference over that of the left one."""
        if not self.gap:
            return 0.0
        return sqrt(self.gap / self.left.square) if self.left.square else inf

    @property
    def correlation(self) -> float:
        """Pearson's; 0 where a side is constant."""
        spread = sqrt(self.left.variance * self.right.variance)
        mean = self.product / self.left.count if self.left.count else 0.0
        return (mean - self.left.mean * self.right.mean) / spread if spread else 0.0

    def _add(self, x: Array, y: Array, rounding: Rounding) -> None:
        import numpy as np

        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.subtract(x, y)
            np.abs(gap, out=gap)
        if not np.isfinite(gap.max(initial=0)):
            x, y, gap = self._without_others(x, y, gap)
        else:
            self.left.add(x)
            self.right.add(y)
        self.most = max(self.most, float(gap.max(initial=0)))
        if np.isinf(self.most):
            return
        self.gap += _product(gap, gap)
        self.product += _product(x, y)
        if self.within:
            near = rounding.step * np.maximum(np.abs(x), np.abs(y)) + rounding.least
            self.within = bool((gap <= near).all())

    def _without_others(self, x: Array, y: Array, gap: Array) -> tuple[Array, Array, Array]:
        """Both where both are numbers; what is infinite or undefined is as far apart as can be, or the same."""
        import numpy as np

        known = np.isfinite(x), np.isfinite(y)
        for side, numbers, finite in ((self.left, x, known[0]), (self.right, y, known[1])):
            side.add(numbers[finite], int(numbers.size - finite.sum()))
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        both = known[0] & known[1]
        if not (both | same).all() or np.isinf(gap[both]).any():
            self.most = inf
        return x[both], y[both], gap[both]


def _product(one: Array, other: Array) -> float:
    """The inner product; not by BLAS, whose threads cost more than so few elements do."""
    import numpy as np

    return float(np.einsum("i,i", one, other))
