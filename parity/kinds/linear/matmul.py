"""Multiplies matrices that the model computes, for each index of the axes before the last two."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Kind
from parity.kinds._given import later
from parity.kinds._macs import Work, elements, first, times
from parity.kinds._operands import COMPARED, ROLES, broadcast, operands
from parity.kinds.normalization.unit_norm import BACKEND_EPSILON

PLACES = (("self", "A", "mat1", "0"), ("other", "B", "mat2", "vec", "tensor", "1"))


def _shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if len(inputs) != 2 or inputs[0] is None or inputs[1] is None or not inputs[0] or not inputs[1]:
        return (None,)
    left, right = inputs
    if left is None or right is None:
        return (None,)
    rows = left[-2:-1] if len(left) > 1 else ()
    columns = right[-1:] if len(right) > 1 else ()
    (front,) = broadcast({}, [left[:-2], right[:-2]])
    return ((*(front or ()), *rows, *columns),)


def _axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """The axes before the last two are those of either factor; the last two are one of each."""
    known = [each for each in inputs if each is not None and len(each) > 2]
    if not known:
        return inputs, (None,)
    return inputs, ((*max(known, key=len)[:-2], None, None),)


def product(call: Call) -> tuple[Draft, ...]:
    """A product of two tensors; one that is stored where the right factor is a matrix is a Dense layer."""
    found = operands(call, *PLACES)
    return found.draft("matmul", call) if found is not None and found.inputs else ()


def _added(call: Call) -> tuple[Draft, ...]:
    """ATen's ``baddbmm``: beta * self + alpha * product."""
    names = ("batch1", "batch2") if "batch1" in call.node.inputs else ("mat1", "mat2")
    factors = tuple(call.node.inputs[name] for name in names)
    made, scaled, path = f"{call.node.path}:product", f"{call.node.path}:scaled", call.node.path
    drafts = [Draft("matmul", {}, factors, (made,), part="product")]
    alpha, beta = float(call.get("alpha", 1)), float(call.get("beta", 1))
    if alpha != 1:
        drafts.append(_times(alpha, made, f"{path}:alpha", "alpha"))
        made = f"{path}:alpha"
    other = operands(call, ("self",))
    if other is None or (beta != 1 and not other.inputs):
        return ()
    inputs = other.inputs
    if beta != 1:
        drafts.append(_times(beta, inputs[0], scaled, "beta"))
        inputs = (scaled,)
    shapes = {"operand_shapes": other.shapes} if other.weights else {}
    drafts.append(
        Draft(
            "elementwise", {"function": "add", **shapes}, (*inputs, made), call.outputs[:1], other.weights, part="sum"
        )
    )
    return tuple(drafts)


def _times(factor: float, value: str, result: str, part: str) -> Draft:
    return Draft("elementwise", {"function": "multiply", "operand": factor}, (value,), (result,), part=part)


def _dot(call: Call) -> tuple[Draft, ...]:
    """Keras' Dot layer of two sequences along one axis of each, or of two batches of vectors; or of cosines."""
    axes, shapes = call.get("axes"), (call.shape(0), call.shape(1))
    pair = (axes, axes) if type(axes) is int else tuple(axes)
    ranks = {len(shape) for shape in shapes if shape is not None}
    if len(call.inputs) != 2 or len(ranks) != 1 or None in shapes:
        return ()
    rank, base = ranks.pop(), call.node.path
    if call.get("normalize"):
        given = zip(("first", "second"), call.inputs, pair, strict=True)
        norms = tuple(_unit(value, f"{base}:{name}", axis % rank - rank, name) for name, value, axis in given)
        made = _products(call, (norms[0].outputs[0], norms[1].outputs[0]), rank, pair)
        return (*norms, *made) if made else ()
    return _products(call, (call.inputs[0], call.inputs[1]), rank, pair)


def _unit(value: str, result: str, axis: int, part: str) -> Draft:
    told = {"axes": (axis,), "order": 2.0, "epsilon": BACKEND_EPSILON}
    return Draft("unit_norm", told, (value,), (result,), part=part)


def _products(call: Call, given: tuple[str, str], rank: int, pair: tuple[int, int]) -> tuple[Draft, ...]:
    """Sums of products along one axis of each of two values."""
    left, right = (axis % rank for axis in pair)
    base, (x, y) = call.node.path, given
    if rank == 2 and left == right == 1:
        attributes = {"function": "sum", "axes": (1,), "keepdims": True}
        return (
            Draft("elementwise", {"function": "multiply"}, (x, y), (f"{base}:product",), part="product"),
            Draft("reduce", attributes, (f"{base}:product",), call.outputs[:1]),
        )
    if rank != 3 or 0 in {left, right}:
        return ()
    drafts = list[Draft]()
    if left == 1:
        drafts.append(Draft("permute", {"order": (0, 2, 1)}, (x,), (f"{base}:left",), part="left"))
        x = f"{base}:left"
    if right == 2:
        drafts.append(Draft("permute", {"order": (0, 2, 1)}, (y,), (f"{base}:right",), part="right"))
        y = f"{base}:right"
    return (*drafts, Draft("matmul", {}, (x, y), call.outputs[:1]))


def _macs(work: Work) -> int | None:
    """Each element of the output is a sum over the last axis of the left factor, the last but one of the right."""
    shapes = iter(work.inputs)
    stored = work.attributes.get("operands", ("value", "value"))
    left, right = (next(shapes) if place == "value" else None for place in stored)
    made = first(work.outputs)
    if left is not None:
        return times(elements(made), elements(left[-1:]))
    return times(elements(made), elements(right[-2:][:1])) if right is not None else None


KIND = Kind(
    "matmul",
    attributes=COMPARED,
    roles=ROLES,
    shape=_shape,
    axes=_axes,
    macs=_macs,
    compute=later(__package__, "matmul"),
    spellings={
        ("keras", "Dot"): _dot,
        ("aten", "bmm"): product,
        ("aten", "mv"): product,
        ("aten", "dot"): product,
        ("aten", "baddbmm"): _added,
    },
)
