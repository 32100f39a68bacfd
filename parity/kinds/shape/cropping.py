"""Cropping: leaves out places at the ends of the spatial axes."""

from parity.graph import Shape
from parity.kinds._contract import Call, Draft, Kind, Spelling
from parity.kinds._layouts import FIRST, LAST, split
from parity.kinds._windows import pairs
from parity.kinds.shape.pad import entries
from parity.kinds.source._ranges import cropped


def _draft(call: Call, space: list[tuple[int, int]], layout: str) -> tuple[Draft, ...]:
    none = [(0, 0)]
    amounts = [*none, *space, *none] if layout == LAST else [*none, *none, *space]
    return cropped(call, amounts) if layout in {FIRST, LAST} and len(call.inputs) == 1 else ()


def _ends(given: object) -> tuple[int, int]:
    before, after = pairs(given, 2)
    return before, after


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        given, layout = call.get("cropping"), call.get("data_format") or LAST
        ends = [_ends(each) for each in ([given] if rank == 1 else entries(given, rank))]
        return _draft(call, ends, LAST if rank == 1 else layout)

    return spell


def _centre(call: Call) -> tuple[Draft, ...]:
    """Keras resizes an image that is smaller than what it is to be cropped to, which is something else."""
    layout, shape = call.get("data_format") or LAST, call.shape()
    space: Shape = split(shape, layout)[1] if shape is not None and len(shape) == 4 else ()
    ends = []
    for size, target in zip(space, (call.get("height"), call.get("width")), strict=False):
        if not isinstance(size, int) or type(target) is not int or target > size:
            return ()
        before = (size - target) // 2
        ends.append((before, size - target - before))
    return _draft(call, ends, layout) if ends else ()


KIND = Kind(
    "cropping",
    spellings={
        **{("keras", f"Cropping{rank}D"): _keras(rank) for rank in (1, 2, 3)},
        ("keras", "CenterCrop"): _centre,
    },
)
