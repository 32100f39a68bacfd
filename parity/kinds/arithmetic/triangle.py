"""Keeps the triangle of each matrix above or below a diagonal, and zeroes the rest."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source


def _spell(*, upper: bool | None, name: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found, diagonal = source(call), call.get(name, 0)
        if found is None or len(call.inputs) > 1 or type(diagonal) is not int:
            return ()
        up = bool(call.get("upper", 1)) if upper is None else upper
        return found.draft("triangle", call, upper=up, diagonal=diagonal)

    return spell


KIND = Kind(
    "triangle",
    attributes={"upper": Attribute(), "diagonal": Attribute(), **COMPARED},
    roles=ROLES,
    makes=True,
    compute=later(__package__, "triangle"),
    spellings={
        ("keras.ops", "Triu"): _spell(upper=True, name="k"),
        ("keras.ops", "Tril"): _spell(upper=False, name="k"),
        ("aten", "triu"): _spell(upper=True, name="diagonal"),
        ("aten", "tril"): _spell(upper=False, name="diagonal"),
        ("onnx", "Trilu"): _spell(upper=None, name="k"),
    },
)
