"""The sizes of a tensor as numbers to compute with."""

from dataclasses import replace
from math import prod

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source
from parity.kinds.source.constant import flat, held


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if attributes["function"] == "size":
        return ((),)
    found = inputs[0] if inputs else None
    return (None,) if found is None else ((len(found[attributes["start"] : attributes["end"]]),),)


def _spell(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found, start, end = source(call), call.get("start", 0), call.get("end")
        if found is None or type(start) is not int or not (end is None or type(end) is int):
            return ()
        sizes = call.shape()
        if sizes is None or not all(isinstance(size, int) for size in sizes):
            return found.draft("shape_of", call, function=function, start=start, end=end)
        numbers, size = flat(prod(sizes) if function == "size" else sizes[start:end])
        return (replace(held(call.outputs[0], numbers, size, ""), ignored=call.inputs),)

    return spell


KIND = Kind(
    "shape_of",
    attributes={"function": Attribute(), "start": Attribute(), "end": Attribute(), **COMPARED},
    roles=ROLES,
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "shape_of"),
    spellings={("onnx", "Shape"): _spell("shape"), ("onnx", "Size"): _spell("size")},
)
