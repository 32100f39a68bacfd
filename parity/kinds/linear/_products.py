"""Equations of two operands as products of matrices, or of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from parity.graph import Dim, Shape
from parity.kinds._contract import Call, Draft
from parity.kinds.shape.reshape import to as reshaped


def as_product(call: Call, equation: str, values: Sequence[str], shapes: Sequence[Shape | None]) -> tuple[Draft, ...]:
    """A sum of products of two values as one of matrices, each turned before, and what comes out after.

    Where an operand has several axes of its own, the other one is the same along all of them but one: so grouped
    queries share their keys (https://arxiv.org/abs/2305.13245).

    Args:
        call: what computes it.
        equation: with an arrow and no dots; one letter is summed over, each operand has some of its own, all others are
            of both and come out.
        values: the operands.
        shapes: their sizes, where they are known.

    Returns:
        Nothing where the equation is another.
    """
    terms, _, out = equation.partition("->")
    left, right = terms.split(",")
    shared = [each for each in out if each in left and each in right]
    summed = [each for each in left if each in right and each not in out]
    free = [[each for each in term if each not in other] for term, other in ((left, right), (right, left))]
    plain = len({*left}) == len(left) and len({*right}) == len(right) and all(free)
    if not plain or len(summed) != 1 or not shared or {*out} != {*shared, *free[0], *free[1]}:
        return ()
    if None in shapes and any(len(each) > 1 for each in free):
        return ()
    ways = (_Product(out, (left, right), (row, column), summed[0]) for row in free[0] for column in free[1])
    return min(ways, key=lambda way: way.turns).drafts(call, values, shapes)


@dataclass(frozen=True)
class _Product:
    """One way to take a sum of products as a product of matrices.

    Attributes:
        out: the letters of what comes out.
        terms: those of both operands.
        ends: which of its own letters each operand has beside the one that is summed over; others go before these.
        summed: that one.
    """

    out: str
    terms: tuple[str, str]
    ends: tuple[str, str]
    summed: str

    @property
    def swapped(self) -> bool:
        """Whether the second operand has the rows."""
        return self.out.index(self.ends[0]) > self.out.index(self.ends[1])

    @property
    def front(self) -> list[str]:
        """The letters before the matrices."""
        return [each for each in self.out if each not in self.ends]

    @property
    def made(self) -> list[str]:
        """The letters of the product."""
        return [*self.front, *(self.ends[::-1] if self.swapped else self.ends)]

    def wanted(self, at: int) -> list[str]:
        """The letters of an operand in the order in which the product takes them, but for those that it lacks."""
        end, last = self.ends[at], self.summed
        matrix = [last, end] if (at == 0) is self.swapped else [end, last]
        return [*(each for each in self.front if each in self.terms[at]), *matrix]

    @property
    def turns(self) -> tuple[int, int]:
        """How many transpositions this way takes, and how many of them before the product."""
        before = sum(self.wanted(at) != [*self.terms[at]] for at in (0, 1))
        return before + (self.made != [*self.out]), before

    def drafts(self, call: Call, values: Sequence[str], shapes: Sequence[Shape | None]) -> tuple[Draft, ...]:
        path = call.node.path
        drafts, operands = list[Draft](), list[str]()
        for name, at in zip(("rows", "columns"), (1, 0) if self.swapped else (0, 1), strict=True):
            value = values[at]
            for each in self._laid(at, value, shapes[at], (f"{path}:{name}", name)):
                drafts.append(each)
                value = each.outputs[0]
            operands.append(value)
        last = _turned("".join(self.made), [*self.out], f"{path}:product", call.outputs[0], "turned")
        product = f"{path}:product" if last else call.outputs[0]
        drafts.append(Draft("matmul", {}, tuple(operands), (product,), part="product"))
        return (*drafts, *last)

    def _laid(self, at: int, value: str, shape: Shape | None, told: tuple[str, str]) -> tuple[Draft, ...]:
        """An operand turned as the product takes it, with an axis of one element for each letter that it lacks."""
        wanted, (made, part) = self.wanted(at), told
        turned = _turned(self.terms[at], wanted, value, made, part)
        if len(wanted) == len(self.made) or shape is None:
            return turned
        sizes = dict(zip(self.terms[at], shape, strict=True))
        before = tuple(sizes[each] for each in wanted)
        after = (*(sizes.get(each, 1) for each in self.front), *before[-2:])
        source = turned[0].outputs[0] if turned else value
        return (*turned, Draft("reshape", reshaped(before, after), (source,), (f"{made}-apart",), part=f"{part}-apart"))


def as_outer(call: Call, equation: str, values: Sequence[str], rows: Dim) -> tuple[Draft, ...]:
    """The products of each element of one row with each of another as one element-wise product.

    Args:
        call: what computes it.
        equation: as ``as_product`` takes it.
        values: the operands.
        rows: the size of the first one.

    Returns:
        Nothing where the equation is another.
    """
    if equation != "a,b->ab":
        return ()
    column = f"{call.node.path}:column"
    laid = Draft("reshape", reshaped((rows,), (rows, 1)), (values[0],), (column,), part="column")
    return laid, Draft("elementwise", {"function": "multiply"}, (column, values[1]), call.outputs[:1], part="product")


def _turned(letters: str, wanted: list[str], value: str, made: str, part: str) -> tuple[Draft, ...]:
    order = tuple(letters.index(each) for each in wanted)
    return () if order == (*range(len(order)),) else (Draft("permute", {"order": order}, (value,), (made,), part=part),)
