"""What takes a tensor apart: splits and selections, differences of neighbours, and grids."""

from collections.abc import Sequence
from dataclasses import replace

from parity.kinds._contract import Call, Draft, Spelling, whole
from parity.kinds._operands import axis_of, source
from parity.kinds.shape.reshape import to
from parity.kinds.shape.select import counted
from parity.kinds.source._ranges import ENDLESS, sliced, unchanged


def _parts(call: Call, axis: int | None, stops: Sequence[int]) -> tuple[Draft, ...]:
    """A slice for each output; the last goes to the end."""
    found = source(call)
    if found is None or axis is None or len(stops) < len(call.outputs):
        return ()
    drafts = []
    for at, (start, stop, output) in enumerate(zip((0, *stops), stops, call.outputs, strict=False)):
        draft = sliced(found, call, {axis: (start, stop, 1)}) or unchanged(found, call)[0]
        drafts.append(replace(draft, outputs=(output,), part=str(at)))
    return tuple(drafts)


def _size(call: Call, axis: int | None) -> int | None:
    found = source(call)
    shape = found.shapes[0] if found is not None else None
    size = shape[axis] if shape is not None and axis is not None else None
    return size if isinstance(size, int) else None


def _ends(sizes: Sequence[int]) -> list[int]:
    """Where each part ends."""
    return [sum(sizes[: at + 1]) for at in range(len(sizes))]


def _ends_of_all(call: Call, axis: int | None, sizes: Sequence[int]) -> list[int]:
    """Where each part ends of an axis that has as many positions as all of them, be its size left free."""
    ends = _ends(sizes)
    return ends if _size(call, axis) is not None else [*ends[:-1], ENDLESS]


def split(call: Call) -> tuple[Draft, ...]:
    """ATen's split into parts of one size, or of given ones."""
    axis, each = axis_of(call, "dim", default=0), call.get("split_size", call.get("split_sizes"))
    size = _size(call, axis)
    if isinstance(each, tuple) and whole(*each, least=0):
        return _parts(call, axis, _ends_of_all(call, axis, each))
    if size is None or not whole(each):
        return ()
    return _parts(call, axis, [min(size, (at + 1) * each) for at in range(len(call.outputs))])


def chunk(call: Call) -> tuple[Draft, ...]:
    """As many parts as asked for, or fewer: each has the size that the first needs (``torch.chunk``)."""
    axis, count = axis_of(call, "dim", default=0), call.get("chunks")
    size = _size(call, axis)
    if size is None or not whole(count):
        return ()
    each = -(-size // count)
    return _parts(call, axis, [min(size, (at + 1) * each) for at in range(len(call.outputs))])


def keras_split(call: Call) -> tuple[Draft, ...]:
    return _at(call, axis_of(call, "axis", default=0))


def keras_split_along(axis: int) -> Spelling:
    """``hsplit`` and the like of a tensor that has the axis."""
    return lambda call: _at(call, axis) if len(call.shape() or ()) > max(axis, 1) else ()


def keras_array_split(call: Call) -> tuple[Draft, ...]:
    """Parts of one size, the first ones a position longer where that does not divide."""
    axis, count = axis_of(call, "axis", default=0), call.get("indices_or_sections")
    size = _size(call, axis)
    if not isinstance(count, int) or size is None or not whole(count):
        return _at(call, axis)
    return _parts(call, axis, _ends([size // count + (at < size % count) for at in range(count)]))


def _at(call: Call, axis: int | None) -> tuple[Draft, ...]:
    given = call.get("indices_or_sections")
    size = _size(call, axis)
    if isinstance(given, tuple) and whole(*given, least=0):
        return _parts(call, axis, [*given, size if size is not None else ENDLESS])
    if size is None or not whole(given) or size % given:
        return ()
    return _parts(call, axis, _ends([size // given] * given))


def onnx_split(call: Call) -> tuple[Draft, ...]:
    axis, sizes = axis_of(call, "axis", default=0), call.get("split")
    if "split" in call.node.inputs:
        return ()
    size, count = _size(call, axis), len(call.outputs)
    if sizes is None and size is not None and count:
        each = -(-size // count)  # the last part may be smaller
        sizes = tuple(min(each, size - at * each) for at in range(count))
    return (
        _parts(call, axis, _ends_of_all(call, axis, sizes))
        if isinstance(sizes, tuple) and whole(*sizes, least=0)
        else ()
    )


def unbind(call: Call) -> tuple[Draft, ...]:
    """A selection for each output."""
    found, axis = source(call), axis_of(call, "dim", "axis", default=0)
    if found is None or axis is None:
        return ()
    shape = found.shapes[0]
    (one,) = found.draft("select", call, axis=axis, index=0)
    return tuple(
        replace(one, attributes={**one.attributes, "index": counted(at, shape, axis)}, outputs=(output,), part=str(at))
        for at, output in enumerate(call.outputs)
    )


def difference(call: Call) -> tuple[Draft, ...]:
    """``diff``: each position less the one before it, after what ATen may put in front."""
    axis, base, flow, drafts = axis_of(call, "dim", "axis", default=-1), call.node.path, call.inputs[:1], []
    extra = [call.node.inputs[name] for name in ("prepend", "append") if name in call.node.inputs]
    if axis is None or call.get("n", 1) != 1 or call.node.weights or not call.inputs:
        return ()
    if extra:
        front, back = call.node.inputs.get("prepend"), call.node.inputs.get("append")
        parts = tuple(each for each in (front, flow[0], back) if each is not None)
        flow = (f"{base}:joined",)
        drafts.append(Draft("concat", {"axis": axis}, parts, flow, part="joined"))
    shifts = (("next", (1, None, 1)), ("last", (0, -1, 1)))
    for name, bounds in shifts:
        attributes = {"axes": (axis,), "bounds": (bounds,)}
        drafts.append(Draft("slice", attributes, flow, (f"{base}:{name}",), part=name))
    sides = (f"{base}:next", f"{base}:last")
    return (*drafts, Draft("elementwise", {"function": "subtract"}, sides, call.outputs[:1], part="difference"))


def grid(call: Call) -> tuple[Draft, ...]:
    """ATen's ``meshgrid``: each vector along an axis of its own, repeated along those of the others."""
    sizes = [shape[0] if (shape := call.shape(at)) else None for at in range(len(call.inputs))]
    order = list(range(len(sizes)))
    if call.get("indexing", "ij") == "xy":
        order[:2] = order[1::-1]
    if None in sizes or len(call.outputs) != len(sizes) or call.node.weights:
        return ()
    target = tuple(sizes[at] for at in order)
    drafts = []
    for at, (value, output) in enumerate(zip(call.inputs, call.outputs, strict=True)):
        alone = tuple(sizes[at] if place == at else 1 for place in order)
        between = (f"{call.node.path}:{at}",)
        drafts.append(Draft("reshape", to((sizes[at],), alone), (value,), between, part=f"{at}-axis"))
        drafts.append(Draft("expand", {"target": target}, between, (output,), part=str(at)))
    return tuple(drafts)
