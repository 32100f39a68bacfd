"""Numbers in equal steps, made by the model itself."""

from typing import Any

from parity.graph import MOST_NUMBERS, Shape, Unknown
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes
from parity.kinds._given import later
from parity.kinds.source.constant import held

COMPUTED = Unknown("the model computes it while it runs", "export the model with fixed sizes")
MOST = 2**31


def _shape(attributes: Attributes, _: InputShapes) -> tuple[Shape | None, ...]:
    numbers = attributes["start"], attributes["stop"], attributes["step"]
    if not all(isinstance(each, float) and abs(each) < MOST for each in numbers):
        return ((None,),)
    start, stop, step = numbers
    return ((max(0, int(-((stop - start) // -step))),),)


def _number(call: Call, name: str, default: Any) -> Any:
    if name in call.node.inputs or name in call.node.weights:
        return COMPUTED
    value = call.get(name, default)
    value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return float(value) if isinstance(value, int | float) else COMPUTED


def _spell(start: str, stop: str, step: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        given = {"start": (start, 0), "stop": (stop, None), "step": (step, 1)}
        attributes = {name: _number(call, *told) for name, told in given.items()}
        return (Draft("range", attributes, (), call.outputs[:1], ignored=call.inputs),)

    return spell


def _linspace(call: Call) -> tuple[Draft, ...]:
    """ATen's ``linspace``: so many numbers from one to another, both of them among these."""
    start, end, steps = (call.get(name) for name in ("start", "end", "steps"))
    plain = all(type(each) in {int, float} for each in (start, end))
    if not plain or type(steps) is not int or not 0 < steps <= MOST_NUMBERS:
        return ()
    numbers = tuple(float(start + (end - start) * at / max(steps - 1, 1)) for at in range(steps))
    return (held(call.outputs[0], numbers, (steps,), ""),)


KIND = Kind(
    "range",
    attributes={"start": Attribute(), "stop": Attribute(), "step": Attribute()},
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "numbers"),
    spellings={
        ("aten", "arange"): _spell("start", "end", "step"),
        ("aten", "linspace"): _linspace,
        ("onnx", "Range"): _spell("start", "limit", "delta"),
    },
)
