"""Changes the shape, not the order of the elements."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Axes, Dim, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, finer, whole
from parity.kinds._given import later
from parity.kinds._layouts import product
from parity.kinds._operands import COMPARED, ROLES, axis_of, source
from parity.sizes import divided, multiplied


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, target = (inputs[0] if inputs else None), attributes["target"]
    if found is None or target is None or -1 not in target:
        first = attributes.get("first", found[0] if found else None)
        return ((first, *target) if target is not None else None,)
    missing = divided(multiplied(found[1:]), multiplied(size for size in target if size != -1))
    return ((found[0], *(missing if size == -1 else size for size in target)),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """A dropped or added axis of one element leaves the others what they were."""
    found, kept = (inputs[0] if inputs else None), attributes.get("kept")
    if found is None or kept is None:
        return inputs, (None,)
    return inputs, (tuple(found[at] if at is not None and at < len(found) else None for at in kept),)


def _flat(source: Shape | None, target: Shape | None) -> bool:
    """Whether the reshape merges every axis but the first."""
    if source is None or target is None or len(source) <= len(target) or len(target) != 2:
        return False
    rest = product(source[1:])
    if rest is None:  # sizes that are left free stay in the rows, or they go into the batch, which is free, too
        return source[0] == target[0] and target[1] != prod(size for size in source[1:] if isinstance(size, int))
    return rest == target[1]


def _kept(source: Shape | None, target: Shape | None) -> tuple[int | None, ...] | None:
    """For each target axis the source axis that it is, where only axes of one element come or go."""
    if source is None or target is None:
        return None
    wide = [at for at, size in enumerate(source) if size != 1 or at == 0]
    places = [at for at, size in enumerate(target) if size != 1 or at == 0]
    if [source[at] for at in wide] != [target[at] for at in places]:
        return None
    back = dict(zip(places, wide, strict=True))
    return tuple(back.get(at) for at in range(len(target)))


def recorded(call: Call, made: Shape | None = None) -> tuple[Draft, ...]:
    """What changes the shape to that which the source records of the output, as ATen and ONNX do of every one."""
    found, target = source(call), made if made is not None else call.output_shape()
    if found is None or target is None:
        return ()
    if _flat(found.shapes[0], target) and found.inputs:
        return (Draft("flatten", {}, call.inputs[:1], call.outputs[:1], ignored=found.beside(call)),)
    (draft,) = found.draft("reshape", call, **to(found.shapes[0], target))
    return (replace(draft, ignored=found.beside(call)),)


def to(before: Shape | None, after: Shape) -> dict[str, Any]:
    """The attributes of a change from one shape to another that is known."""
    if not after:
        return {"target": None, "kept": None}
    return {"target": tuple(after[1:]), "first": after[0], "kept": _kept(before, after)}


def _keras(call: Call) -> tuple[Draft, ...]:
    target, found = tuple(call.get("target_shape")), call.shape()
    if not whole(target, least=-1):
        return ()
    if len(target) == 1 and len(found or ()) > 2:
        return (Draft("flatten", {}, call.inputs[:1], call.outputs[:1]),)
    made = _shape({"target": target}, [found])[0]
    if found is not None and made is not None and all(isinstance(size, int) for size in made[1:]):
        attributes = {"target": made[1:], "kept": _kept(found, made)}
    else:
        attributes = {"target": target, "kept": None}
    return (Draft("reshape", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """Keras' operations, whose output a file may not tell the shape of."""
    found, axis, wanted = call.shape(), call.get("axis"), call.get("newshape")
    if call.output_shape() is not None:
        return recorded(call)  # which tells what these settings make
    if call.node.op == "Reshape":
        target = tuple(wanted)
        if found is None or len(target) < 1 or not whole(target, least=-1):
            return ()
        made: Shape | None = _resolved(found, target)
    elif call.node.op == "ExpandDims" and found is not None:
        at = axis_of(call, "axis", rank=len(found) + 1)
        made = (*found[:at], 1, *found[at:]) if at is not None else None
    elif found is not None and isinstance(axis, int | tuple):
        gone = {each % len(found) for each in (axis if isinstance(axis, tuple) else (axis,))}
        made = tuple(size for at, size in enumerate(found) if at not in gone)
    else:
        made = None
    return (Draft("reshape", to(found, made), call.inputs[:1], call.outputs[:1]),) if made else ()


def _resolved(found: Shape, kept: Sequence[Dim]) -> Shape:
    """The shape of which one size may be -1: whatever is left of the elements that come in."""
    if found and kept.count(-1) == 1 and kept[0] == -1 and product(found[1:]) == product(kept[1:]):
        return (found[0], *kept[1:])
    batch = bool(found) and list(kept[:1]) == [found[0]] and not isinstance(found[0], int)  # which divides out
    total, rest = multiplied(found[batch:]), multiplied(size for size in kept[batch:] if size != -1)
    missing = divided(total, rest)
    return tuple(missing if size == -1 else size for size in kept)


def _onnx(call: Call) -> tuple[Draft, ...]:
    """ONNX's operators, of whose output a file need not tell the shape."""
    found, made = call.shape(), call.output_shape()
    if found is None or len(call.inputs) != 1:
        return recorded(call)
    after = _target(call, found)
    if made is None:
        return (Draft("reshape", to(found, after), call.inputs, call.outputs[:1]),) if after else ()
    return recorded(call, finer(made, after) if after is not None and len(after) == len(made) else made)


def _target(call: Call, found: Shape) -> Shape | None:
    """The shape that comes out, from the one that goes in and the settings."""
    axes, shape = call.get("axes"), call.get("shape")
    if (
        call.node.op == "Reshape"
        and isinstance(shape, tuple)
        and whole(shape, least=-1)
        and not (0 in shape and call.get("allowzero"))
    ):
        return _resolved(found, [size or found[at] for at, size in enumerate(shape)])
    if not isinstance(axes, tuple) or not whole(axes, least=-len(found) - len(axes)):
        return None
    if call.node.op == "Squeeze":
        gone = {axis % len(found) for axis in axes}
        return tuple(size for at, size in enumerate(found) if at not in gone)
    added = {axis % (len(found) + len(axes)) for axis in axes}
    if len(added) < len(axes):
        return None
    rest_of = iter(found)
    return tuple(1 if at in added else next(rest_of) for at in range(len(found) + len(axes)))


ATEN = (
    "view",
    "reshape",
    "_unsafe_view",
    "squeeze",
    "unsqueeze",
    "unflatten",
    "view_as",
    "reshape_as",
    "_reshape_alias",
)

KIND = Kind(
    "reshape",
    attributes={"target": Attribute(), **COMPARED},
    told=("first", "kept"),
    roles=ROLES,
    shape=_shape,
    axes=_axes,
    makes=True,
    takes_complex=True,
    compute=later(__package__, "reshape"),
    spellings={
        ("keras", "Reshape"): _keras,
        **{("keras.ops", op): _keras_operation for op in ("Reshape", "ExpandDims", "Squeeze", "Ravel")},
        **{("aten", op): recorded for op in ATEN},
        **{("onnx", op): _onnx for op in ("Reshape", "Squeeze", "Unsqueeze")},
    },
)
