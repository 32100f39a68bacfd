"""What of two aligned graphs answers to each other: settings that differ, values, users and axes."""

from collections.abc import Iterable

from parity.comparison import View, read_as, same_value
from parity.graph import Layer
from parity.kinds import kind
from parity.rearrange import Form

LAYOUTS = {"data_format", "gate_order"}
"""Attributes that say how a layer has its numbers, not what it does with them."""


def differing(view: View, left: Layer, right: Layer) -> Iterable[str]:
    """The settings that are not the same."""
    for name, attribute in kind(left.kind).attributes.items():
        if name not in LAYOUTS and not same_value(*read_as(view, left, right, name, attribute)):
            yield name


def aligned_root(view: View, value: str) -> str:
    """A left value, back through layers that only the left has."""
    while True:
        layer = view.left.producers.get(value)
        if layer is None or len(layer.inputs) != 1 or view.counterpart(layer, of_left=True) is not None:
            return value
        value = layer.inputs[0]


def users(view: View, value: str) -> tuple[set[str], set[str]]:
    """The right layers whose counterparts use a left value, also through layers of the left alone; and that way."""
    users: set[str] = set()
    waiting, seen = [value], {value}
    while waiting:
        for layer in view.left.consumers.get(waiting.pop(), ()):
            other = view.counterpart(layer, of_left=True)
            if other is not None:
                users.add(other.path)
            elif not seen.issuperset(layer.outputs):
                seen.update(layer.outputs)
                waiting += layer.outputs
    return users, seen


def permutation(left: Form, right: Form) -> list[int] | None:
    """For each right axis the left one that is made of the same parts; None where there are others."""
    if len(left) != len(right):
        return None
    keys = [[(part.axis, part.stride) for part in axis] for axis in left]
    found = []
    for axis in right:
        wanted = [(part.axis, part.stride) for part in axis]
        at = next((at for at, each in enumerate(keys) if at not in found and each == wanted), None)
        if at is None:
            return None
        found.append(at)
    return found
