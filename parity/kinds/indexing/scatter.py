"""Writes values into a copy of a tensor, at places given by number; modes are those of the kind ``gather``."""

from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._keras_places import named
from parity.kinds._operands import COMPARED, ROLES, axis_of, constant, operands, size

DATA, INDEX = ("self", "data", "0"), ("index", "indices", "1")
VALUES = ("src", "value", "updates", "values", "source", "2")


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """That of the tensor that is written to, which may be a constant."""
    first = attributes.get("operands", ("value",))[0]
    if first == "value":
        return (inputs[0] if inputs else None,)
    return (None if isinstance(first, str) else size(first),)


def _spell(mode: str, *, reduction: str = "", default: int | None = None) -> Spelling:
    """One tensor of places along an axis."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = operands(call, DATA, INDEX, VALUES)
        how = reduction or _reduction(call.get("reduction", call.get("reduce", "none")))
        rank = len(found.shapes[0]) if found is not None and found.shapes[0] is not None else None
        axis = axis_of(call, "dim", "axis", default=default, rank=rank) if mode != "points" else None
        if found is None or (axis is None and mode != "points") or call.get("alpha", 1) != 1:
            return ()
        return found.draft("scatter", call, mode=mode, axis=axis, reduction=how)

    return spell


REDUCTIONS = {None: "none", "sum": "add", "prod": "mul", "multiply": "mul", "amax": "max", "amin": "min"}


def _reduction(name: Any) -> str:
    return REDUCTIONS.get(name, str(name))


def _put(call: Call) -> tuple[Draft, ...]:
    """PyTorch's assignment to brackets with tensors."""
    given = {**call.node.inputs, **call.node.weights}
    places = sorted(int(slot.partition(".")[2]) for slot in given if slot.startswith("indices."))
    found = operands(call, ("self",), *((f"indices.{at}",) for at in places), ("values",))
    if found is None or not places:
        return ()
    how = "add" if call.get("accumulate", False) else "none"
    return found.draft("scatter", call, mode="points", at=tuple(places), reduction=how)


def _masked(call: Call) -> tuple[Draft, ...]:
    found = operands(call, ("self",), ("mask",), ("source",))
    return found.draft("scatter", call, mode="mask", reduction="none") if found is not None else ()


def _range(call: Call) -> tuple[Draft, ...]:
    """Values written to a range of an axis, or to one position of it."""
    found = operands(call, ("self",), ("src",))
    axis = axis_of(call, "dim", default=0)
    if found is None or axis is None or {"start", "end", "step", "index"}.intersection(call.node.inputs):
        return ()
    bounds = tuple(call.get(name) for name in ("index", "start", "end", "step"))
    return found.draft("scatter", call, mode="range", axis=axis, at=bounds, reduction="none")


def _into_zeros(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.scatter``: values that are added up in a tensor of zeros."""
    found, size = operands(call, ("0", "indices"), ("1", "values")), call.get("shape")
    if found is None or not isinstance(size, tuple) or not whole(*size):
        return ()
    zeros = f"{call.node.path}:zeros"
    attributes = {"mode": "points", "axis": None, "reduction": "add", **found.attributes}
    if "operands" in attributes:
        attributes["operands"] = ("value", *attributes["operands"])
    made = Draft("fill", {"value": 0.0, "size": size}, (), (zeros,), part="zeros")
    return made, Draft("scatter", attributes, (zeros, *found.inputs), call.outputs[:1], found.weights)


def _keras_range(given: Call) -> tuple[Draft, ...]:
    """``keras.ops.slice_update`` of one axis: values from a first position on, all of the other axes."""
    call = named(given, "inputs", "start_indices", "updates")
    starts, found = constant(call.get("start_indices")), operands(call, ("inputs",), ("updates",))
    if found is None or not isinstance(starts, tuple) or not whole(*starts, least=0):
        return ()
    before, new = found.shapes
    if before is None or new is None or not len(before) == len(new) == len(starts):
        return ()
    partial = [at for at in range(len(new)) if starts[at] or before[at] != new[at]]
    if len(partial) != 1 or not isinstance(size := new[partial[0]], int):
        return ()
    (axis,) = partial
    whole_axis = before[axis]
    stop = starts[axis] + size
    bounds = (None, starts[axis], None if stop == whole_axis else stop, None)
    return found.draft("scatter", call, mode="range", axis=axis, at=bounds, reduction="none")


KIND = Kind(
    "scatter",
    attributes={
        "mode": Attribute(),
        "axis": Attribute(is_axis=True),
        "at": Attribute(),
        "reduction": Attribute(),
        **COMPARED,
    },
    roles=ROLES,
    shape=_shape,
    makes=True,
    compute=later(__package__, "scatter"),
    spellings={
        ("keras.ops", "ScatterUpdate"): _spell("points"),
        ("keras.ops", "Scatter"): _into_zeros,
        ("keras.ops", "SliceUpdate"): _keras_range,
        ("aten", "scatter"): _spell("along"),
        ("aten", "scatter_add"): _spell("along", reduction="add"),
        ("aten", "scatter_reduce"): _spell("along"),
        ("aten", "index_add"): _spell("take", reduction="add"),
        ("aten", "index_copy"): _spell("take"),
        ("aten", "index_fill"): _spell("take"),
        ("aten", "index_put"): _put,
        ("aten", "masked_scatter"): _masked,
        ("aten", "slice_scatter"): _range,
        ("aten", "select_scatter"): _range,
        ("onnx", "Scatter"): _spell("along", default=0),  # what ScatterElements was called before opset 11
        ("onnx", "ScatterElements"): _spell("along", default=0),
        ("onnx", "ScatterND"): _spell("points"),
    },
)
