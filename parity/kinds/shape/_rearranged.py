"""``keras.ops.rearrange``: axes by name, as in einops: split, put in another order, and merged."""

import re
from collections.abc import Mapping, Sequence
from math import prod

from parity.graph import Dim, Shape
from parity.kinds._contract import Call, Draft, whole
from parity.kinds._keras_places import named
from parity.kinds.shape.reshape import to

Groups = list[list[str]]


def spell(given: Call) -> tuple[Draft, ...]:
    """A reshape, a permutation and a reshape, as far as each does anything; () where an axis is repeated or dropped."""
    call = named(given, "tensor", "pattern")
    pattern, shape = call.get("pattern"), call.shape()
    before, after = (_groups(each) for each in pattern.split("->")) if isinstance(pattern, str) else ([], [])
    names = [name for group in before for name in group]
    if shape is None or len(shape) != len(before) or sorted(names) != sorted(each for group in after for each in group):
        return ()
    sizes = _sizes(shape, before, {name: call.get(name) for name in names if name in call.node.attributes})
    if sizes is None or len(set(names)) < len(names):
        return ()
    split = tuple(sizes[name] for name in names)
    order = [name for group in after for name in group]
    turned = tuple(names.index(name) for name in order)
    moved = tuple(sizes[name] for name in order)
    joined = tuple(_product([sizes[name] for name in group]) for group in after)
    steps = [("reshape", to(shape, split))] if split != shape else []
    steps += [("permute", {"order": turned})] if turned != (*range(len(turned)),) else []
    steps += [("reshape", to(moved, joined))] if joined != moved else []
    steps = steps or [("identity", {})]
    values = [*call.inputs[:1], *(f"{call.node.path}:step-{at}" for at in range(len(steps) - 1)), call.outputs[0]]
    return tuple(
        Draft(kind, attributes, (values[at],), (values[at + 1],), part=str(at) if len(steps) > 1 else "")
        for at, (kind, attributes) in enumerate(steps)
    )


def _groups(side: str) -> Groups:
    """The axes of one side, each as the names that it is made of.

    Raises:
        ValueError: it is more than names and brackets.
    """
    if not re.fullmatch(r"\s*((\w+|\([\w\s]*\))\s*)*", side) or re.search(r"\b\d", side):
        raise ValueError(side)
    return [part.strip("()").split() for part in re.findall(r"\w+|\([\w\s]*\)", side)]


def _sizes(shape: Shape, groups: Groups, told: Mapping[str, object]) -> dict[str, Dim] | None:
    """The size of each name: one of each axis may follow from the others."""
    found: dict[str, Dim] = {name: size for name, size in told.items() if type(size) is int}
    for size, group in zip(shape, groups, strict=True):
        left = [name for name in group if name not in found]
        if len(group) == 1 and left:
            found[left[0]] = size
            continue
        known = [each for name in group if type(each := found.get(name)) is int]
        if len(left) > 1 or (left and not (type(size) is int and whole(*known) and size % prod(known) == 0)):
            return None
        if left:
            found[left[0]] = size // prod(known) if type(size) is int else None
    return found


def _product(sizes: Sequence[Dim]) -> Dim:
    if len(sizes) == 1:
        return sizes[0]
    known = [size for size in sizes if isinstance(size, int)]
    return prod(known) if len(known) == len(sizes) else None
