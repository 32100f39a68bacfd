"""Windows along one axis, as PyTorch's ``Tensor.unfold`` cuts them: positions that are taken by number.

Windows of ``size`` elements begin every ``step`` positions; the axis is that of the windows afterwards, and what is in
one comes last (https://docs.pytorch.org/docs/stable/generated/torch.Tensor.unfold.html). Exporters write a Gather with
the numbers of all positions, and a transposition.
"""

from parity.kinds._contract import Call, Draft, whole
from parity.kinds._operands import VALUE, source

MOST = 1 << 16
"""Positions that are written out; more stay an operator of its own."""


def windows(call: Call) -> tuple[Draft, ...]:
    """The positions of all windows, and what is in a window brought to the end; none where a size is not known."""
    found, axis, size, step = source(call), call.get("dimension"), call.get("size"), call.get("step")
    shape = found.shapes[0] if found is not None else None
    if found is None or not found.inputs or not shape or not whole(axis, least=-len(shape)) or not whole(size, step):
        return ()
    at = axis % len(shape)
    length = shape[at]
    if not isinstance(length, int) or size > length or ((length - size) // step + 1) * size > MOST:
        return ()
    starts = range(0, length - size + 1, step)
    places = tuple(tuple(range(start, start + size)) for start in starts)
    taken = f"{call.node.path}:windows"
    told = {"mode": "take", "axis": at, "operands": (VALUE, places)}
    order = (*range(at + 1), *range(at + 2, len(shape) + 1), at + 1)
    return (
        Draft("gather", told, found.inputs, (taken,), part="windows"),
        Draft("permute", {"order": order}, (taken,), call.outputs[:1]),
    )
