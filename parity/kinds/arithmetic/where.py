"""Chooses between two tensors, position by position, by a third of truth values; also what fills under a mask."""

from parity.graph import Shape
from parity.kinds._contract import Attributes, Call, Draft, InputShapes, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._keras_places import steps
from parity.kinds._operands import COMPARED, ROLES, STORED, VALUE, broadcast, operands, size
from parity.kinds._written_out import Step
from parity.kinds.arithmetic import _nan_to_num


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """The shape that values and constants of the call are brought to; that of a stored tensor is not told."""
    places = attributes.get("operands", (VALUE,) * len(inputs))
    if STORED in places:
        return (None,)
    values = iter(inputs)
    return broadcast({}, [next(values) if place == VALUE else size(place) for place in places])


def _spell(*names: tuple[str, ...]) -> Spelling:
    """``names`` are those of the condition, of what is taken where it holds, and of what is taken elsewhere."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = operands(call, *names)
        return found.draft("where", call) if found is not None else ()

    return spell


_PLAIN = _spell(("condition", "0"), ("self", "X", "x1", "1"), ("other", "Y", "x2", "2"))

_DIVIDED = steps(
    ("x1", "x2"),
    Step("Equal", {"A": "x2"}, "zero", {"B": 0.0}),
    Step("Div", {"A": "x1", "B": "x2"}, "quotient"),
    Step("Where", {"condition": "zero", "Y": "quotient"}, "kept", {"X": 0.0}),
)
"""A quotient, and 0 where the divisor is that (``keras.ops.divide_no_nan``)."""

KIND = Kind(
    "where",
    attributes=COMPARED,
    roles=ROLES,
    shape=_shape,
    makes=True,
    compute=later(__package__, "where"),
    spellings={
        ("keras.ops", "Where"): _PLAIN,
        ("keras.ops", "DivideNoNan"): _DIVIDED,
        ("aten", "where"): _PLAIN,
        ("aten", "masked_fill"): _spell(("mask",), ("value",), ("self",)),
        ("onnx", "Where"): _PLAIN,
        ("aten", "nan_to_num"): _nan_to_num.of_torch,
        ("keras.ops", "NanToNum"): _nan_to_num.of_keras,
    },
)
