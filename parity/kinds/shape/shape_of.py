"""The sizes of a tensor as numbers to compute with."""

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source


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
        return found.draft("shape_of", call, function=function, start=start, end=end)

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
