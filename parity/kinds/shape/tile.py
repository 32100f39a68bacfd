"""Repeats a tensor along its axes: as a whole, one copy after the other, or each position by itself."""

from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._layouts import product
from parity.kinds._operands import COMPARED, ROLES, axis_of, source
from parity.kinds.shape.reshape import to as reshaped


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if not inputs or inputs[0] is None:
        return (None,)
    repeats, found = attributes["repeats"], inputs[0]
    rank = max(len(repeats), len(found))
    sizes, times = (1,) * (rank - len(found)) + found, (1,) * (rank - len(repeats)) + repeats
    return (tuple(_times(size, count) for size, count in zip(sizes, times, strict=True)),)


def _times(size: Dim, count: int) -> Dim:
    return size * count if isinstance(size, int) else size if count == 1 else None


def _draft(call: Call, repeats: Any, *, interleaved: bool = False) -> tuple[Draft, ...]:
    found = source(call)
    repeats = (repeats,) if type(repeats) is int else tuple(repeats)
    if found is None or not whole(*repeats, least=0) or len(call.inputs) > 1:
        return ()
    shape = found.shapes[0]
    if call.inputs and shape is not None and len(repeats) > len(shape):
        return _wider(call, shape, repeats, interleaved=interleaved)
    times = (1,) * (len(shape if shape is not None else repeats) - len(repeats)) + repeats
    # One copy after the other is the same as each position by itself where there is one position.
    several = shape is None or any(size != 1 and count != 1 for size, count in zip(shape, times, strict=False))
    return found.draft("tile", call, repeats=times, interleaved=interleaved and several)


def _wider(call: Call, shape: Shape, repeats: tuple[int, ...], *, interleaved: bool) -> tuple[Draft, ...]:
    """Copies along axes that come before those of the tensor: PyTorch adds one for each count too many."""
    between = (f"{call.node.path}:axes",)
    settings = {"repeats": repeats, "interleaved": interleaved}
    return (
        Draft(
            "reshape", reshaped(shape, (1,) * (len(repeats) - len(shape)) + shape), call.inputs, between, part="axes"
        ),
        Draft("tile", settings, between, call.outputs[:1]),
    )


def _all(name: str) -> Spelling:
    """As many copies as the call tells for each axis; what another layer computes is no number of copies."""
    return lambda call: _draft(call, call.get(name)) if call.get(name) is not None else ()


def _along(axis_name: str) -> Spelling:
    """Each position of one axis as many times."""

    def spell(call: Call) -> tuple[Draft, ...]:
        axis, found, times = axis_of(call, axis_name), source(call), call.get("repeats")
        if call.get(axis_name) is None:
            return _flat(call, times)
        if axis is None or found is None or found.shapes[0] is None or not whole(times):
            return ()
        return _draft(call, [times if at == axis else 1 for at in range(len(found.shapes[0]))], interleaved=True)

    return spell


def _flat(call: Call, times: Any) -> tuple[Draft, ...]:
    """Each element as many times, in one row: so PyTorch and Keras do it where no axis is given."""
    found, total = call.shape(), product(call.shape() or (None,))
    if found is None or total is None or not whole(times) or isinstance(times, tuple) or not call.inputs:
        return ()
    between = (f"{call.node.path}:row",)
    return (
        Draft("reshape", reshaped(found, (total,)), call.inputs[:1], between, part="row"),
        Draft("tile", {"repeats": (times,), "interleaved": True}, between, call.outputs[:1]),
    )


def _repeat_vector(call: Call) -> tuple[Draft, ...]:
    """Keras' layer: a new axis of time, along which a vector is repeated."""
    between = (f"{call.node.path}:step",)
    if not whole(call.get("n")) or isinstance(call.get("n"), tuple):
        return ()
    return (
        Draft("stack_axis", {"axis": 1}, call.inputs[:1], between, part="axis"),
        Draft("tile", {"repeats": (1, call.get("n"), 1), "interleaved": False}, between, call.outputs[:1]),
    )


KIND = Kind(
    "tile",
    attributes={"repeats": Attribute(), "interleaved": Attribute(), **COMPARED},
    roles=ROLES,
    shape=_shape,
    makes=True,
    compute=later(__package__, "tile"),
    spellings={
        ("keras", "RepeatVector"): _repeat_vector,
        ("keras.ops", "Tile"): _all("repeats"),
        ("keras.ops", "Repeat"): _along("axis"),
        ("aten", "repeat"): _all("repeats"),
        ("aten", "tile"): _all("dims"),
        ("aten", "repeat_interleave"): _along("dim"),
        ("onnx", "Tile"): _all("repeats"),
    },
)
