"""``keras.ops.image.pad_images`` and ``crop_images``: so many rows and columns more or fewer at each side."""

from parity.graph import Shape
from parity.kinds._contract import Call, whole
from parity.kinds._layouts import LAST

SIDES = (("top", "bottom", "target_height"), ("left", "right", "target_width"))


def amounts(call: Call, suffix: str, *, sign: int) -> list[tuple[int, int]] | None:
    """How much there is before and after each axis; of two sides and a target two tell the third.

    Args:
        call: of one of both.
        suffix: how the names of the settings end.
        sign: 1 where that is added, -1 where it goes.
    """
    shape, layout = call.shape(), call.get("data_format") or LAST
    if shape is None or len(shape) not in (3, 4):
        return None
    first = len(shape) - 3 + (0 if layout == LAST else 1)
    found = [(0, 0)] * len(shape)
    for at, (before, after, target) in enumerate(SIDES):
        told = call.get(f"{before}_{suffix}"), call.get(f"{after}_{suffix}"), call.get(target)
        ends = _ends(shape, first + at, told, sign)
        if ends is None:
            return None
        found[first + at] = ends
    return found


def _ends(shape: Shape, axis: int, told: tuple[object, object, object], sign: int) -> tuple[int, int] | None:
    before, after, target = told
    if type(before) is int and type(after) is int:
        return before, after
    size = shape[axis]
    if type(target) is not int or type(size) is not int:
        return None
    total = sign * (target - size)
    if type(before) is int:
        ends = (before, total - before)
    elif type(after) is int:
        ends = (total - after, after)
    else:
        return None
    return ends if whole(*ends, least=0) else None
