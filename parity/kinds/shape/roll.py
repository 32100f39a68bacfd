"""Moves the positions of axes on, those that fall out at the end come in again at the front."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source


def _spell(shift: str, axis: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found, shifts, axes = source(call), call.get(shift), call.get(axis)
        shifts, axes = (each if isinstance(each, tuple) else (each,) for each in (shifts, axes))
        if found is None or len(shifts) != len(axes) or not all(type(each) is int for each in (*shifts, *axes)):
            return ()
        rank = len(found.shapes[0]) if found.shapes[0] is not None else None
        if rank is not None and not whole(*axes, least=-rank):
            return ()
        moves = {at % rank if rank else at: by for at, by in zip(axes, shifts, strict=True)}
        order = tuple(sorted(moves))
        return found.draft("roll", call, axes=order, shifts=tuple(moves[at] for at in order))

    return spell


KIND = Kind(
    "roll",
    attributes={"axes": Attribute(is_axis=True), "shifts": Attribute(), **COMPARED},
    roles=ROLES,
    makes=True,
    compute=later(__package__, "roll"),
    spellings={("keras.ops", "Roll"): _spell("shift", "axis"), ("aten", "roll"): _spell("shifts", "dims")},
)
