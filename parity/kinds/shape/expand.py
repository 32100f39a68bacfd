"""Repeats axes of one element, and adds axes in front, to bring a tensor to a shape."""

from dataclasses import replace
from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Attributes, Call, Draft, InputShapes, Kind, finer, whole
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, operands, source
from parity.kinds.source import fill
from parity.kinds.source.constant import flat, held


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    target = attributes["target"]
    if target is None or not inputs or inputs[0] is None:
        return (target,)
    found: Shape = (1,) * (len(target) - len(inputs[0])) + inputs[0]
    return (tuple(_fitting(size, wanted) for size, wanted in zip(found, target, strict=True)),)


def _fitting(size: Dim, wanted: Dim) -> Dim:
    """-1 and, in ONNX, 1 leave a size as it is."""
    return size if wanted in {-1, 1} else wanted


def _made(before: Shape | None, given: Shape, told: Shape | None) -> Shape | None:
    """The shape that comes out: what the settings make of the one that goes in tells more than a record may."""
    if before is None or not whole(given, least=-1) or len(before) > len(given):
        return given if told is None else told
    made = _shape({"target": given}, [before])[0]
    return made if told is None or made is None or len(told) != len(made) else finer(told, made)


def _spell(call: Call) -> tuple[Draft, ...]:
    """Other inputs tell the shape, which the source records of the output too."""
    found, target = source(call), call.output_shape()
    given = call.get("shape", call.get("size"))
    if isinstance(given, list | tuple):
        target = _made(found.shapes[0] if found is not None else None, tuple(given), target)
    if found is None or (target is None and not found.beside(call)):  # a tensor and its shape
        return ()
    (draft,) = found.draft("expand", call, target=target)
    return (replace(draft, ignored=found.beside(call)),)


def _variable(call: Call) -> tuple[Draft, ...]:
    """A stored tensor as a value, with which a Keras layer is called."""
    found = source(call)
    return found.draft("expand", call, target=found.shapes[0]) if found is not None and not found.inputs else ()


def _stored(call: Call) -> tuple[Draft, ...]:
    """ATen's ``fill_`` with a tensor of one element, and ``copy_``: what is written takes the shape of the place."""
    found = operands(call, ("value", "src"))
    if found is None or (not found.inputs and not found.weights):
        return FILL(call)
    before, after = found.shapes[0], call.output_shape()
    if found.inputs and before is not None and before == after:
        return (Draft("identity", {}, found.inputs, call.outputs[:1], ignored=call.inputs),)
    (draft,) = found.draft("expand", call, target=after)
    return (replace(draft, ignored=call.inputs),)


def _onnx(call: Call) -> tuple[Draft, ...]:
    """A number that is brought to a shape is a tensor of it; several are repeated as any tensor is."""
    number = call.get("input")
    number = number[0] if isinstance(number, tuple) and len(number) == 1 else number
    if isinstance(number, tuple):
        return _of_array(call, number)
    if type(number) not in {int, float, bool}:
        return _spell(call) if "input" in {*call.node.inputs, *call.node.weights} else ()
    attributes = {"value": float(number), "size": call.output_shape()}
    return (Draft("fill", attributes, (), call.outputs[:1], ignored=call.inputs),)


def _of_array(call: Call, array: tuple[Any, ...]) -> tuple[Draft, ...]:
    """An array that the call itself holds is made by a layer of its own."""
    numbers, size = flat(array)
    made, shape, target = f"{call.node.path}:input", call.get("shape"), call.output_shape()
    if isinstance(shape, tuple):
        target = _made(size, shape, target)
    told = Draft("expand", {"target": target}, (made,), call.outputs[:1], ignored=call.inputs)
    return held(made, numbers, size, "input"), told


FILL = fill.KIND.spellings["aten", "full"]

KIND = Kind(
    "expand",
    attributes=COMPARED,
    told=("target",),
    roles=ROLES,
    shape=_shape,
    makes=True,
    takes_complex=True,
    compute=later(__package__, "expand"),
    spellings={
        ("keras.ops", "BroadcastTo"): _spell,
        ("keras.ops", "Variable"): _variable,
        ("aten", "expand"): _spell,
        ("aten", "expand_as"): _spell,
        ("aten", "broadcast_to"): _spell,
        ("aten", "fill"): _stored,
        ("aten", "copy"): _stored,
        ("onnx", "Expand"): _onnx,
    },
)
