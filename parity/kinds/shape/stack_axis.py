"""Adds an axis of one element, along which tensors are then stacked."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import axis_of


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    return (None,) if found is None else ((*found[:axis], 1, *found[axis:]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, axis = inputs[0], attributes["axis"]
    return inputs, (None if found is None else (*found[:axis], None, *found[axis:]),)


def _stack(*names: str) -> Spelling:
    """Tensors of one shape beside each other along a new axis."""

    def spell(call: Call) -> tuple[Draft, ...]:
        shape = call.shape()
        axis = axis_of(call, *names, default=0, rank=None if shape is None else len(shape) + 1)
        if axis is None or axis < 0 or call.node.weights or any("." in name for name in call.node.attributes):
            return ()
        singles = tuple(f"{call.node.path}:single-{at}" for at in range(len(call.inputs)))
        drafts = (
            Draft("stack_axis", {"axis": axis}, (value,), (single,), part=str(at))
            for at, (value, single) in enumerate(zip(call.inputs, singles, strict=True))
        )
        return (*drafts, Draft("concat", {"axis": axis}, singles, call.outputs[:1]))

    return spell


KIND = Kind(
    "stack_axis",
    attributes={"axis": Attribute()},
    shape=_shape,
    axes=_axes,
    takes_complex=True,
    compute=later(__package__, "stack_axis"),
    spellings={("keras.ops", "Stack"): _stack("axis"), ("aten", "stack"): _stack("dim")},
)
