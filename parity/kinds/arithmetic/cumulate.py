"""Running totals along an axis."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, axis_of, source


def _spell(function: str, *names: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found, axis = source(call), axis_of(call, *names)
        if found is None or axis is None or len(call.inputs) > 1:
            return ()
        more = {"exclusive": bool(call.get("exclusive", 0)), "reverse": bool(call.get("reverse", 0))}
        return found.draft("cumulate", call, function=function, axis=axis, **more)

    return spell


KIND = Kind(
    "cumulate",
    attributes={
        "function": Attribute(),
        "axis": Attribute(is_axis=True),
        "exclusive": Attribute(),
        "reverse": Attribute(),
        **COMPARED,
    },
    roles=ROLES,
    makes=True,
    compute=later(__package__, "cumulate"),
    spellings={
        ("keras.ops", "Cumsum"): _spell("sum", "axis"),
        ("keras.ops", "Cumprod"): _spell("prod", "axis"),
        ("aten", "cumsum"): _spell("sum", "dim"),
        ("aten", "cumprod"): _spell("prod", "dim"),
        ("onnx", "CumSum"): _spell("sum", "axis"),
        ("onnx", "CumProd"): _spell("prod", "axis"),
    },
)
