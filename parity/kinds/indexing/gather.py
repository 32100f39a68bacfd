"""Takes positions by number: whole slices along an axis, one element for each index, or single points.

``mode`` is ``take`` for slices (index_select, Take, Gather), ``along`` where the index has a place for each element
that comes out (gather, GatherElements), ``points`` where several indices, or the last axis of one, name a place
together, and ``mask`` where truth values say what is taken.
"""

from dataclasses import replace
from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, Use, unknown_axes
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, STORED, VALUE, Operands, array, axis_of, operands
from parity.kinds.indexing._windows_of_axis import windows
from parity.kinds.shape.reshape import to
from parity.kinds.source.constant import flat, held


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    told = attributes.get("operands")
    places = flat(told[1])[1] if isinstance(told, tuple) and told[:1] == (VALUE,) and told[1] != STORED else None
    if (len(inputs) != 2 or told is not None) and not places:  # data and index
        return (None,)
    data, index, axis = inputs[0], places or inputs[1], attributes.get("axis")
    if attributes["mode"] == "along":
        return (None if index is None else tuple(None if size == 1 else size for size in index),)  # it may be repeated
    if attributes["mode"] != "take" or data is None or index is None or axis is None:
        return (None,)
    return ((*data[:axis], *index, *data[axis % len(data) + 1 :]),)


def _draft(call: Call, found: Operands | None, mode: str, **more: Any) -> tuple[Draft, ...]:
    return found.draft("gather", call, mode=mode, **more) if found is not None else ()


def along_axis(mode: str, data: tuple[str, ...], index: tuple[str, ...], default: int | None) -> Spelling:
    """An axis and a tensor of numbers along it."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = operands(call, data, index)
        rank = len(found.shapes[0]) if found is not None and found.shapes[0] is not None else None
        axis = axis_of(call, "dim", "axis", default=default, rank=rank)
        return _draft(call, found, mode, axis=axis) if axis is not None else ()

    return spell


def _index(call: Call) -> tuple[Draft, ...]:
    """PyTorch's brackets with tensors: one of numbers, one of truth values, or several that go together."""
    given = {**call.node.inputs, **call.node.weights}
    places = sorted(int(slot.partition(".")[2]) for slot in given if slot.startswith("indices."))
    found = operands(call, ("self",), *((f"indices.{at}",) for at in places))
    if found is None or not places or len(places) + 1 != len(given):
        return ()
    slot = f"indices.{places[0]}"
    value = call.values.get(call.node.inputs.get(slot, "")) or call.stored.get(call.node.weights.get(slot, ""))
    if value is None or value.dtype == "bool":
        return _draft(call, found, "mask", at=tuple(places))
    if places == [0] and len(call.weight_shape("self") or ()) == 2:
        return indexed(call, "self", slot)
    if len(places) == 1:
        return _draft(call, found, "take", axis=places[0])
    return _draft(call, found, "points", at=tuple(places))


def indexed(call: Call, table: str, slot: str) -> tuple[Draft, ...]:
    """Rows of a stored table at places that are a value, or stored too."""
    value, stored = call.node.inputs.get(slot), call.node.weights.get(slot)
    if value is not None:
        found = call.values.get(value)
        return _rows(call, table, value, len(found.shape or ()) if found is not None else 0)
    places, shape = f"{call.node.path}:indices", call.weight_shape(slot) or ()
    index = {"operand": Use(stored or "")}
    attributes = {"target": shape, "operands": (STORED,)}
    return Draft("expand", attributes, (), (places,), index, part="indices"), *_rows(call, table, places, len(shape))


def _rows(call: Call, slot: str, places: str, rank: int) -> tuple[Draft, ...]:
    """Rows of a stored table, as an embedding takes them."""
    vocab, dim = call.weight_shape(slot) or ()
    told = {"vocab": vocab, "dim": dim, "rank": rank, "mask_zero": False, "untrained_row": None}
    table = {"embeddings": Use(call.node.weights[slot])}
    return (Draft("embedding", told, (places,), call.outputs[:1], table),)


def at_places(call: Call, table: str, numbers: tuple[float, ...], size: Shape) -> tuple[Draft, ...]:
    """Rows of a stored table at places that the call itself holds."""
    places = f"{call.node.path}:indices"
    return held(places, numbers, size, "indices"), *_rows(call, table, places, len(size))


def _keras(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.take``: of the rows of a stored table what an embedding does."""
    if call.get("axis") == 0 and len(call.weight_shape("0") or ()) == 2:
        told = array(call.get("1"))
        if told is not None:
            return at_places(call, "0", *told[:2])
        if "1" in {*call.node.inputs, *call.node.weights}:
            return indexed(call, "0", "1")
    return along_axis("take", ("0",), ("1",), None)(call)


def _points(call: Call) -> tuple[Draft, ...]:
    """Places that name an index for each of the first axes; of one axis they are whole slices."""
    found = operands(call, ("data",), ("indices",))
    index = found.shapes[1] if found is not None else None
    if found is not None and index and index[-1] == 1 and not call.get("batch_dims", 0):
        if "indices" not in call.node.inputs and len(call.weight_shape("data") or ()) == 2:
            return at_places(call, "data", *flat(_bare(found.attributes["operands"][1])))
        if "indices" not in call.node.inputs:
            places = (*found.attributes["operands"][:1], _bare(found.attributes["operands"][1]))
            return _draft(call, replace(found, attributes={"operands": places}), "take", axis=0)
        bare = f"{call.node.path}:indices"
        target = to(index, index[:-1])
        narrow = Draft("reshape", target, (call.node.inputs["indices"],), (bare,), part="indices")
        if len(call.weight_shape("data") or ()) == 2:
            return narrow, *_rows(call, "data", bare, len(index) - 1)
        inputs = tuple(bare if value == call.node.inputs["indices"] else value for value in found.inputs)
        return narrow, *_draft(call, replace(found, inputs=inputs), "take", axis=0)
    return _draft(call, found, "points", at=("last", call.get("batch_dims", 0)))


def _bare(numbers: Any) -> Any:
    """Nested tuples without the last axis, which is of one element."""
    return tuple(map(_bare, numbers)) if isinstance(numbers[0], tuple) else numbers[0]


TAKE = along_axis("take", ("data", "self", "0"), ("indices", "index", "1"), 0)
"""Whole slices: also what a table of a model's own does, which it computes."""


def embedded(call: Call) -> tuple[Draft, ...]:
    """Rows of a table that the model computes."""
    found = operands(call, ("weight", "data"), ("indices",))
    return _draft(call, found, "take", axis=0)


def _masked(call: Call) -> tuple[Draft, ...]:
    """What a mask lets through, of a flattened tensor or along an axis."""
    found = operands(call, ("input", "self"), ("condition", "mask"))
    return _draft(call, found, "mask", axis=call.get("axis"))


KIND = Kind(
    "gather",
    attributes={"mode": Attribute(), "axis": Attribute(is_axis=True), "at": Attribute(), **COMPARED},
    roles=ROLES,
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "gather"),
    spellings={
        ("keras.ops", "Take"): _keras,
        ("keras.ops", "TakeAlongAxis"): along_axis("along", ("0",), ("1",), None),
        ("aten", "index_select"): TAKE,
        ("aten", "gather"): along_axis("along", ("self",), ("index",), None),
        ("aten", "take_along_dim"): along_axis("along", ("self",), ("indices",), None),
        ("aten", "index"): _index,
        ("aten", "masked_select"): _masked,
        ("aten", "unfold"): windows,
        ("onnx", "GatherElements"): along_axis("along", ("data",), ("indices",), 0),
        ("onnx", "GatherND"): _points,
        ("onnx", "Compress"): _masked,
    },
)
