"""Products of two tensors over some axes, as Keras says it, as equations."""

from dataclasses import replace
from typing import Any

from parity.kinds._contract import Call, Draft, Spelling, whole
from parity.kinds._keras_places import named

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
