"""Sizes of axes that are numbers, names, or products of both: ``4*batch`` is what a batch and four heads make.

Exporters write such sizes where an axis is free, and reshapes make them. Sums and quotients are names of their own, in
brackets where they are multiplied: ``2*(width - 2)``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

Dim = int | str | None
"""The size of an axis: a number, the name of a symbolic size, or None where any size is accepted."""

SUM = re.compile(r"\s*(\+|-(?![A-Za-z_]))\s*")
"""What adds or subtracts; a hyphen before a letter is one of a name."""

PRODUCT = re.compile(r"\s*\*\s*")
APART = "+/%, "
"""What stands, beside a minus, between terms that are no factors."""

LONGEST = 256
"""Characters; what is longer is a name of its own."""


@dataclass(frozen=True, slots=True)
class Product:
    """A number times names, each as often as it is a factor."""

    number: int
    names: tuple[str, ...] = ()

    def times(self, other: "Product") -> "Product":
        """The product of both."""
        return Product(self.number * other.number, tuple(sorted((*self.names, *other.names))))

    def over(self, other: "Product") -> "Product | None":
        """The quotient; None where it is no product of whole numbers and names."""
        mine, theirs = Counter(self.names), Counter(other.names)
        if not other.number or self.number % other.number or theirs - mine:
            return None
        return Product(self.number // other.number, tuple(sorted((mine - theirs).elements())))

    @property
    def size(self) -> int | str:
        """It as a size: a number, or a name."""
        if not self.names or not self.number:
            return self.number
        if self.number == 1 and len(self.names) == 1:
            return self.names[0]
        names = (f"({name})" if _parts(name) != [name] else name for name in self.names)
        return "*".join(names if self.number == 1 else (str(self.number), *names))


@lru_cache(maxsize=4096)
def factored(size: int | str) -> Product:
    """A size as a product; the name itself where it is none.

    >>> factored("2*((width-2))").names
    ('width - 2',)
    """
    if isinstance(size, int):
        return Product(size)
    text = PRODUCT.sub("*", SUM.sub(r" \1 ", size.strip())) if len(size) <= LONGEST else size
    parts = _parts(text)
    if parts is None or len(size) > LONGEST:
        return Product(1, (text,))
    found = Product(1)
    for part in parts:
        inner = part[1:-1] if part.startswith("(") and part.endswith(")") else None
        alone = Product(int(part)) if part.isdecimal() else Product(1, (part,))
        found = found.times(factored(inner) if inner is not None else alone)
    return found


def _parts(text: str) -> list[str] | None:
    """The factors of a product, each with the brackets around it; None where it is a sum, or brackets do not match."""
    parts, depth, start = [], 0, 0
    for at, mark in enumerate(text):
        depth += (mark in "([") - (mark in ")]")
        minus = mark == "-" and not text[at + 1 : at + 2].isalpha()
        if depth < 0 or (not depth and (minus or mark in APART)):
            return None
        if mark == "*" and not depth:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts if not depth and all(parts) else None


def multiplied(sizes: Iterable[Dim]) -> Dim:
    """The product of sizes; None where one of them may be any.

    >>> multiplied((4, "batch", 2))
    '8*batch'
    """
    given = tuple(sizes)
    if any(size is None for size in given):
        return None
    return reduce(Product.times, (factored(size) for size in given if size is not None), Product(1)).size


def divided(total: Dim, part: Dim) -> Dim:
    """The quotient of two sizes; None where it does not come out even.

    >>> divided("8*batch", 4)
    '2*batch'
    """
    if total is None or part is None:
        return None
    found = factored(total).over(factored(part))
    return None if found is None else found.size


def fit(one: Dim, other: Dim) -> bool:
    """Whether two sizes may be of one axis: those that are free or have names may be any.

    >>> fit(3, "batch"), fit(3, 4)
    (True, False)
    """
    return one == other or not isinstance(one, int) or not isinstance(other, int)


def contradict(one: Sequence[Dim], other: Sequence[Dim]) -> bool:
    """Whether two shapes cannot be of one value."""
    return len(one) != len(other) or not all(map(fit, one, other))
