"""Products of two tensors over some axes: Keras' as equations, and equations as products of matrices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Dim
from parity.kinds._contract import Call, Draft, Spelling, whole
from parity.kinds._keras_places import named
from parity.kinds.shape.reshape import to as reshaped

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def tensordot(call: Call) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The axes that ``keras.ops.tensordot`` sums over: a number of last and first ones, or those that are given."""
    axes, (left, right) = call.get("axes", 2), _ranks(call)
    if type(axis := axes) is int and 0 <= axis <= min(left, right):
        return tuple(range(left - axis, left)), tuple(range(axis))
    if not isinstance(axes, tuple) or len(axes) != 2:
        return None
    first, second = ((each,) if type(each) is int else each for each in axes)
    if not whole(first, least=-left) or not whole(second, least=-right) or len(first) != len(second):
        return None
    return tuple(each % left for each in first), tuple(each % right for each in second)


def dot(call: Call) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """``keras.ops.dot``: the last axis and the last but one."""
    left, right = _ranks(call)
    return ((left - 1,), (max(right - 2, 0),)) if left and right else None


def inner(call: Call) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """``keras.ops.inner``: the last axes of both."""
    left, right = _ranks(call)
    return ((left - 1,), (right - 1,)) if left and right else None


def _ranks(call: Call) -> tuple[int, int]:
    shapes = [_shape(call, name) for name in ("x1", "x2")]
    return len(shapes[0] or ()), len(shapes[1] or ())


def _shape(call: Call, name: str) -> Any:
    if call.has(name):
        return call.weight_shape(name)
    value = call.values.get(call.node.inputs.get(name, ""))
    return None if value is None else value.shape


def contraction(axes: Any, einsum: Spelling) -> Spelling:
    """The equation that sums over these axes of either tensor; what is left of the first comes before the second's."""

    def spell(given: Call) -> tuple[Draft, ...]:
        call = named(given, "x1", "x2")
        if {*call.node.inputs, *call.node.weights} != {"x1", "x2"} or None in (_shape(call, "x1"), _shape(call, "x2")):
            return ()
        summed = axes(call)
        if summed is None:
            return ()
        left, right = _ranks(call)
        first, second = LETTERS[:left], list(LETTERS[left : left + right])
        for one, other in zip(*summed, strict=True):
            second[other] = first[one]
        kept = [each for at, each in enumerate(first) if at not in summed[0]]
        kept += [each for at, each in enumerate(second) if at not in summed[1]]
        equation = f"{first},{''.join(second)}->{''.join(kept)}"
        places = {"x1": "0", "x2": "1"}
        inputs = {places[name]: value for name, value in call.node.inputs.items()}
        weights = {places[name]: value for name, value in call.node.weights.items()}
        node = replace(call.node, inputs=inputs, weights=weights, attributes={"subscripts": equation})
        return einsum(replace(call, node=node))

    return spell


def as_product(call: Call, equation: str, values: Sequence[str]) -> tuple[Draft, ...]:
    """A sum of products of two values as one of matrices, each turned before, and what comes out after.

    Args:
        call: what computes it.
        equation: with an arrow and no dots; one letter is summed over, one of each operand is left, all others are of
            both and come out.
        values: the operands.

    Returns:
        Nothing where the equation is another.
    """
    terms, _, out = equation.partition("->")
    left, right = terms.split(",")
    shared = [each for each in out if each in left and each in right]
    summed = [each for each in left if each in right and each not in out]
    free = [[each for each in term if each not in other] for term, other in ((left, right), (right, left))]
    plain = len({*left}) == len(left) and len({*right}) == len(right) and all(len(each) == 1 for each in free)
    if not plain or len(summed) != 1 or not shared or {*out} != {*shared, *free[0], *free[1]}:
        return ()
    first, second = (0, 1) if out.index(free[0][0]) < out.index(free[1][0]) else (1, 0)
    rows, columns = [*shared, free[first][0], summed[0]], [*shared, summed[0], free[second][0]]
    path = call.node.path
    drafts, operands = list[Draft](), list[str]()
    for name, at, wanted in (("rows", first, rows), ("columns", second, columns)):
        turned = _turned((left, right)[at], wanted, values[at], f"{path}:{name}", name)
        drafts += turned
        operands.append(turned[0].outputs[0] if turned else values[at])
    made = [*shared, free[first][0], free[second][0]]
    last = _turned("".join(made), list(out), f"{path}:product", call.outputs[0], "turned")
    product = f"{path}:product" if last else call.outputs[0]
    drafts.append(Draft("matmul", {}, tuple(operands), (product,), part="product"))
    return (*drafts, *last)


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
