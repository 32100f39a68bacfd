"""Orders the positions of an axis, and may keep the first ones in any order: values and their places come out."""

from typing import Any

from parity.graph import Shape, Unknown
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes, whole
from parity.kinds._given import later
from parity.kinds._operands import axis_of

COMPUTED = Unknown("the model computes it while it runs", "export the model with fixed sizes")


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, kept, axis = (inputs[0] if inputs else None), attributes["kept"], attributes["axis"]
    if found is None or isinstance(kept, Unknown):
        return (None, None)
    made = found if kept is None else (*found[:axis], kept, *found[axis % len(found) + 1 :])
    return (made, made)


def _draft(call: Call, outputs: tuple[str, ...], kept: Any, **attributes: Any) -> tuple[Draft, ...]:
    axis = axis_of(call, "dim", "axis", default=-1)
    if axis is None or not call.inputs:
        return ()
    shape = call.shape()
    if shape is not None and -len(shape) <= axis < len(shape) and kept == shape[axis]:
        kept = None  # all of them, which exporters have to count
    told = {"axis": axis, "kept": kept, "ordered": True, **attributes}
    return (Draft("sort", told, call.inputs[:1], outputs, ignored=call.inputs[1:]),)


def _first(number: str, largest: str, default: Any = None) -> Spelling:
    """The largest or the smallest ones."""

    def spell(call: Call) -> tuple[Draft, ...]:
        kept = call.get(number, default)
        kept = kept[0] if isinstance(kept, tuple) and len(kept) == 1 else kept
        kept = COMPUTED if kept is None and len(call.inputs) > 1 else kept
        if kept is not COMPUTED and not whole(kept, least=0):
            return ()
        ordered = bool(call.get("sorted", True)) or kept == 1
        return _draft(call, call.outputs, kept, descending=bool(call.get(largest, 1)), ordered=ordered)

    return spell


def _onnx(call: Call) -> tuple[Draft, ...]:
    """ONNX's TopK, whose number was an attribute until opset 9."""
    return _first("k" if "k" in call.node.attributes else "K", "largest")(call)


def _all(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.outputs, None, descending=bool(call.get("descending", False)))


def _places(call: Call) -> tuple[Draft, ...]:
    """The places alone; the values come first, and nobody uses them."""
    outputs = (f"{call.node.path}:values", *call.outputs[:1])
    return _draft(call, outputs, None, descending=bool(call.get("descending", False)))


KIND = Kind(
    "sort",
    attributes={
        "axis": Attribute(is_axis=True),
        "kept": Attribute(),
        "descending": Attribute(),
        "ordered": Attribute(default=True),
    },
    shape=_shape,
    axes=unknown_axes,
    compute=later(__package__, "sort"),
    spellings={
        ("keras.ops", "Sort"): _all,
        ("keras.ops", "Argsort"): _places,
        ("keras.ops", "TopK"): _first("k", ""),
        ("aten", "sort"): _all,
        ("aten", "argsort"): _places,
        ("aten", "topk"): _first("k", "largest"),
        ("onnx", "TopK"): _onnx,
    },
)
