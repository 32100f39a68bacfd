"""Chooses between two tensors, position by position, by a third of truth values; also what fills under a mask."""

from parity.kinds._contract import Call, Draft, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, broadcast, operands


def _spell(*names: tuple[str, ...]) -> Spelling:
    """``names`` are those of the condition, of what is taken where it holds, and of what is taken elsewhere."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = operands(call, *names)
        return found.draft("where", call) if found is not None else ()

    return spell


_PLAIN = _spell(("condition", "0"), ("self", "X", "x1", "1"), ("other", "Y", "x2", "2"))

KIND = Kind(
    "where",
    attributes=COMPARED,
    roles=ROLES,
    shape=broadcast,
    makes=True,
    compute=later(__package__, "where"),
    spellings={
        ("keras.ops", "Where"): _PLAIN,
        ("aten", "where"): _PLAIN,
        ("aten", "masked_fill"): _spell(("mask",), ("value",), ("self",)),
        ("onnx", "Where"): _PLAIN,
    },
)
