"""Gated linear unit: one half of an axis times the sigmoid of the other."""

from parity.graph import Dim, Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind
from parity.kinds._given import later


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    if found is None:
        return (None,)
    size = found[axis]
    half: Dim = size // 2 if isinstance(size, int) else None
    return (tuple(half if at == axis % len(found) else each for at, each in enumerate(found)),)


def _torch(call: Call) -> tuple[Draft, ...]:
    axis = call.get("dim", -1)
    return (Draft("glu", {"axis": axis}, call.inputs[:1], call.outputs[:1]),) if type(axis) is int else ()


def _onnx(call: Call) -> tuple[Draft, ...]:
    """ONNX's SwiGLU, whose halves are two operands: Swish of the first times the second."""
    if len(call.inputs) != 2:
        return ()
    alpha, gate = float(call.get("alpha", 1.0)), (f"{call.node.path}:gate",)
    swish = {"function": "silu"} | ({} if alpha == 1 else {"beta": alpha})
    return (
        Draft("activation", swish, call.inputs[:1], gate, part="gate"),
        Draft("elementwise", {"function": "multiply"}, (*gate, call.inputs[1]), call.outputs[:1]),
    )


KIND = Kind(
    "glu",
    attributes={"axis": Attribute(is_axis=True)},
    shape=_shape,
    compute=later(__package__, "glu"),
    spellings={("torch.nn", "GLU"): _torch, ("aten", "glu"): _torch, ("onnx", "SwiGLU"): _onnx},
)
