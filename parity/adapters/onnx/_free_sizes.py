"""Sizes that follow from those that a model leaves free: found by giving these numbers, twice.

A size that comes out the same both times does not depend on the free ones; one that comes out as the number that was
given is that free size, and one that comes out as a product of these, or as one with a number added, is that; of any
other nothing is known. Sizes without a name are given one here, so that what follows from them can be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from math import prod
from typing import Any

from parity.adapters.onnx._order import Step
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._shapes import values
from parity.adapters.onnx._tensors import text
from parity.graph import Dim, Shape, Value
from parity.sizes import factored, multiplied

GIVEN = ((5, 7, 11, 13), (1013, 1019, 1021, 1031))
"""Numbers far apart and without common factors, so that nothing else comes out as one of them both times."""

MOST = 5_000
"""Nodes of a graph that is looked at; larger ones keep what inference tells of them."""

ROUNDS = 4
"""Shapes that shapes are computed from, one within the other."""

FACTORS = 3
"""So many free sizes are multiplied: those of a batch and two axes of an image."""

FARTHEST = 64
"""No more is added to a free size, or taken from it: what windows take."""

COMPUTED = {"Reshape": 1, "Expand": 1, "Tile": 1, "ConstantOfShape": 0}
"""Operators that make a shape which another node may compute, and the place of that input."""


def settled(model: Any, steps: Sequence[Step], resolution: Resolution) -> Resolution:
    """What is known, with more sizes of the values, and what is computed of such sizes alone.

    Args:
        model: the protobuf; it is not changed.
        steps: the nodes that stay in the graph.
        resolution: what is known so far.
    """
    known = dict(resolution.values)
    names = _free(model, resolution)
    if not 0 < len(names) <= len(GIVEN[0]) or len(steps) > MOST or not _is_open(steps, resolution):
        return resolution
    names, ends = _ends(model, steps, resolution, names)
    meant = _meant(names)
    for name, value in known.items():
        found = [end.values.get(name) for end in ends]
        shapes = [each.shape for each in found if each is not None and each.shape is not None]
        if len(shapes) == len(ends) and len(shapes[0]) == len(shapes[1]):
            known[name] = _with(value, [_size(pair, meant) for pair in zip(*shapes, strict=True)])
    resolution.enter_common(*ends)
    return replace(resolution, values=known)


def _ends(
    model: Any, steps: Sequence[Step], resolution: Resolution, names: Sequence[Any]
) -> tuple[list[Any], list[Resolution]]:
    """The free sizes, and what is known where each is given its numbers.

    Batches of several inputs that have no name are one where a model cannot take others: what comes of them has no
    shape if they differ, and has one if they do not.
    """

    def run(one: Mapping[Any, Any]) -> list[Resolution]:
        given = [dict(zip(dict.fromkeys(one.values()), numbers, strict=False)) for numbers in GIVEN]
        shells = [_shell(model, {name: each[one[name]] for name in names}, resolution) for each in given]
        return [_run(shell, steps, resolution.copy()) for shell in shells]

    apart = {name: name for name in names}
    ends, batches = run(apart), [name for name in names if not isinstance(name, str) and name[1] == 0]
    unknown = _unknown(steps, ends[0])
    if len(batches) > 1 and unknown:
        together = apart | dict.fromkeys(batches, batches[0])
        others = run(together)
        if _unknown(steps, others[0]) < unknown:
            return [*dict.fromkeys(together.values())], others
    return [*names], ends


def _unknown(steps: Sequence[Step], end: Resolution) -> int:
    """Of how many values no shape is known, or not all of one."""
    found = (end.values.get(name) for step in steps for name in step.outputs if name)
    return sum(value is None or None in (value.shape or (None,)) for value in found)


def _free(model: Any, resolution: Resolution) -> list[Any]:
    """The free sizes of the inputs: names, or input and axis where they have none."""
    found: dict[Any, None] = {}
    for info in model.graph.input:
        value = resolution.values.get(text(info.name))
        for axis, size in enumerate(value.shape or () if value is not None else ()):
            if not isinstance(size, int):
                found[size if size is not None else (text(info.name), axis)] = None
    return list(found)


def _is_open(steps: Sequence[Step], resolution: Resolution) -> bool:
    """Whether sizes are computed, or the size of anything is left open that a node computes."""
    for step in steps:
        if text(step.proto.op_type) == "Shape":
            return True
        at = COMPUTED.get(text(step.proto.op_type))
        computed = at is not None and len(step.inputs) > at and step.inputs[at] not in resolution.stored.constants
        computed = computed or text(step.proto.op_type) == "Flatten"  # whose products inference does not tell
        value = resolution.values.get(step.outputs[0]) if computed and step.outputs else None
        if value is not None and (value.shape is None or None in value.shape):
            return True
    return False


def _shell(model: Any, given: Mapping[Any, int], resolution: Resolution) -> Any:
    """A model with the inputs of given sizes, and outputs of any; it has no nodes of its own."""
    import onnx

    shell = onnx.ModelProto(ir_version=model.ir_version)
    shell.opset_import.extend(model.opset_import)
    for info in model.graph.input:
        if text(info.name) in resolution.stored.constants:
            continue
        copy = shell.graph.input.add()
        copy.CopyFrom(info)
        value = resolution.values[text(info.name)]
        for axis, size in enumerate(value.shape or ()):
            if not isinstance(size, int):
                number = given[size if size is not None else (text(info.name), axis)]
                copy.type.tensor_type.shape.dim[axis].dim_value = number
    for info in model.graph.output:
        copy = shell.graph.output.add()
        copy.CopyFrom(info)
        if info.type.WhichOneof("value") == "tensor_type":
            copy.type.tensor_type.ClearField("shape")
    return shell


def _run(shell: Any, steps: Sequence[Step], resolution: Resolution) -> Resolution:
    """What the shapes are with the sizes that the shell gives."""
    left = list(steps)
    found: dict[str, Value] = {}
    for _ in range(ROUNDS):
        known, _gaps = values(shell, left, resolution.stored.constants)
        found |= known
        resolution = replace(resolution, values=found)
        rest = resolution.resolve(left)
        if len(rest) == len(left):
            break
        left = rest
    return resolution


Numbers = tuple[int, int]


def _meant(names: Sequence[Any]) -> dict[Numbers, str]:
    """What free sizes come out as, by name, and products of some of them; those without one are numbered."""
    taken = {name for name in names if isinstance(name, str)}
    unused = (each for at in range(len(GIVEN[0]) + len(taken)) if (each := f"free{at}") not in taken)
    called = [name if isinstance(name, str) else next(unused) for name in names]
    given = list(zip(called, *GIVEN, strict=False))
    found = {(one, other): name for name, one, other in given}
    for count in range(2, FACTORS + 1):
        for some in combinations_with_replacement(given, count):
            size = multiplied(name for name, _, _ in some)
            found[prod(one for _, one, _ in some), prod(other for _, _, other in some)] = str(size)
    return found


def _size(sizes: tuple[Dim, Dim], meant: Mapping[Numbers, str]) -> Dim:
    one, other = sizes
    if not isinstance(one, int) or not isinstance(other, int):
        return None
    return one if one == other else next(_expressions((one, other), meant), None)


def _expressions(sizes: Numbers, meant: Mapping[Numbers, str]) -> Iterator[Dim]:
    """What sizes may be: a number times what is free, or a number more or less than that."""
    one, other = sizes
    for (low, high), name in meant.items():
        if one and one % low == 0 and one // low * high == other:
            yield multiplied((one // low, name))
    for (low, high), name in meant.items():
        apart = one - low
        if other - high == apart and abs(apart) <= FARTHEST and "*" not in name:
            yield factored(f"{name}{apart:+d}").size


def _with(value: Value, sizes: Sequence[Dim]) -> Value:
    """A value with what was found of the sizes that it did not tell."""
    if value.shape is None:
        return replace(value, shape=tuple(sizes), reason="")
    if len(sizes) != len(value.shape):
        return value
    shape: Shape = tuple(new if old is None else old for old, new in zip(value.shape, sizes, strict=True))
    return replace(value, shape=shape)
