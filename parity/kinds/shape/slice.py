"""Takes a range of positions of some axes; several ranges of one axis are what a split makes."""

from dataclasses import replace
from typing import Any

from parity.graph import Dim
from parity.kinds import _brackets
from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._keras_places import named, plain
from parity.kinds._operands import COMPARED, ROLES, Operands, constant, source
from parity.kinds.shape import _splits
from parity.kinds.shape._keras_images import amounts
from parity.kinds.source._ranges import ENDLESS, cropped, shape, sliced, unchanged
from parity.sizes import factored


def _one(call: Call, axis: Any, start: Any, stop: Any, step: Any) -> tuple[Draft, ...]:
    found = source(call)
    if found is None or type(axis) is not int:
        return ()
    draft = sliced(found, call, {axis: (start, stop, step)})
    return (draft,) if draft is not None else unchanged(found, call)


def _aten(call: Call) -> tuple[Draft, ...]:
    known = not {"start", "end", "step"}.intersection(call.node.inputs)
    return _one(call, call.get("dim", 0), call.get("start"), call.get("end"), call.get("step")) if known else ()


def _keras_slice(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.slice``: so many positions of each axis from a first one; a free size, or -1, is the rest."""
    call = named(call, "inputs", "start_indices")
    starts, sizes, found = call.get("start_indices"), call.get("shape"), source(call)
    starts = constant(starts)
    if found is None or not plain(call, "inputs") or not isinstance(starts, tuple) or not isinstance(sizes, tuple):
        return ()
    before = found.shapes[0]
    if len(starts) != len(sizes) or before is None or len(before) != len(sizes) or not whole(*starts, least=0):
        return ()
    ranges = {}
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        rest = size == -1 or (size is None and start == 0 and not isinstance(before[axis], int))
        if not rest and type(size) is not int:
            return ()
        ranges[axis] = (start, None if rest else start + size, 1)
    draft = sliced(found, call, ranges)
    return (draft,) if draft is not None else unchanged(found, call)


def _narrow(call: Call) -> tuple[Draft, ...]:
    start, length = call.get("start"), call.get("length")
    return _one(call, call.get("dim"), start, start + length, 1) if whole(start, least=0) else ()


def _onnx(call: Call) -> tuple[Draft, ...]:
    """ONNX's Slice; until opset 9 the ranges were attributes of the same names."""
    starts, ends, steps = call.get("starts"), call.get("ends"), call.get("steps")
    found = source(call)
    if "ends" in call.node.inputs and found is not None:
        return _to_the_end(call, found)
    if not isinstance(starts, tuple) or not isinstance(ends, tuple) or len(starts) != len(ends) or found is None:
        return ()
    axes = call.get("axes", tuple(range(len(starts))))
    steps = (1,) * len(starts) if steps is None else steps
    if {"axes", "steps"}.intersection(call.node.inputs) or not whole(*axes, least=-len(found.shapes[0] or axes)):
        return ()
    if not whole(starts, steps, least=-(2**63)):
        return ()
    sizes = [None if found.shapes[0] is None else found.shapes[0][axis] for axis in axes]
    begun = [_begun(*each) for each in zip(sizes, starts, steps, strict=True)]
    if None in begun:
        return ()
    ranges = dict(zip(axes, zip(begun, ends, steps, strict=True), strict=True))
    draft = sliced(found, call, ranges)
    return (draft,) if draft is not None else unchanged(found, call)


def _begun(size: Dim, start: int, step: int) -> int | None:
    """Where ONNX begins: backwards from before the start it takes the first element, where Python takes none.

    None where only the size would tell which of both it is.
    """
    if step > 0 or start >= -1:
        return start
    if isinstance(size, int):
        return 0 if start < -size else start
    return 0 if start <= -ENDLESS else None


def _to_the_end(call: Call, found: Operands) -> tuple[Draft, ...]:
    """Slices whose ends are computed, where the size of what comes out shows that they reach to that of each axis."""
    starts, axes, before, after = call.get("starts"), call.get("axes"), found.shapes[0], call.output_shape()
    if before is None or after is None or not isinstance(starts, tuple) or len(call.inputs) != 2:
        return ()
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = call.get("steps") or (1,) * len(starts)
    if not whole(*axes, least=-len(before)) or not whole(*starts, least=0) or {*steps} != {1}:
        return ()
    for axis, start in zip(axes, starts, strict=True):
        size = before[axis]
        rest = size - start if isinstance(size, int) else factored(f"{size} - {start}").size if start else size
        if size is None or after[axis] != rest:
            return ()
    bounds = dict(zip(axes, ((start, None, 1) for start in starts), strict=True))
    draft = sliced(found, call, bounds)
    return (replace(draft, ignored=call.inputs[1:]),) if draft is not None else ()


def _flip(name: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found, axes = source(call), call.get(name)
        rank = len(call.shape() or ()) if axes is None and name == "axis" else 0
        axes = tuple(range(rank)) or ((axes,) if type(axes) is int else axes)
        if found is None or not isinstance(axes, tuple):
            return ()
        draft = sliced(found, call, dict.fromkeys(axes, (None, None, -1)))
        return (draft,) if draft is not None else ()

    return spell


def _flipped(axis: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found = source(call)
        draft = sliced(found, call, {axis: (None, None, -1)}) if found is not None else None
        return (draft,) if draft is not None else ()

    return spell


def _keras_crop(call: Call) -> tuple[Draft, ...]:
    ends = amounts(call, "cropping", sign=-1)
    return cropped(call, ends) if ends is not None else ()


KIND = Kind(
    "slice",
    attributes={"axes": Attribute(is_axis=True), "bounds": Attribute(), **COMPARED},
    roles=ROLES,
    shape=shape,
    makes=True,
    takes_complex=True,
    compute=later(__package__, "sliced"),
    spellings={
        ("keras.ops", "GetItem"): _brackets.keras,
        ("keras.ops", "Split"): _splits.keras_split,
        **{
            ("keras.ops", f"{name}split"): _splits.keras_split_along(axis)
            for name, axis in (("V", 0), ("H", 1), ("D", 2))
        },
        ("keras.ops", "ArraySplit"): _splits.keras_array_split,
        ("keras.ops", "Diff"): _splits.difference,
        ("keras.ops", "Meshgrid"): _splits.grid,
        ("keras.ops", "Unstack"): _splits.unbind,
        ("keras.ops", "Flip"): _flip("axis"),
        **{("keras.ops", f"Flip{end}"): _flipped(axis) for end, axis in (("ud", 0), ("lr", 1))},
        ("keras.ops", "CropImages"): _keras_crop,
        ("keras.ops", "Slice"): _keras_slice,
        ("aten", "slice"): _aten,
        ("aten", "narrow"): _narrow,
        ("aten", "flip"): _flip("dims"),
        ("aten", "split"): _splits.split,
        ("aten", "split_with_sizes"): _splits.split,
        ("aten", "chunk"): _splits.chunk,
        ("aten", "unsafe_split"): _splits.split,
        ("aten", "unsafe_chunk"): _splits.chunk,
        ("aten", "unbind"): _splits.unbind,
        ("aten", "diff"): _splits.difference,
        ("aten", "meshgrid"): _splits.grid,
        ("onnx", "Slice"): _onnx,
        ("onnx", "Split"): _splits.onnx_split,
    },
)
