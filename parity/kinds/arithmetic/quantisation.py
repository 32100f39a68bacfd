"""Rounds to small integers by a scale and a zero point, or scales back; and layers that work on such integers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.kinds._contract import Call, Draft, Kind, Role, Spelling
from parity.kinds._given import later
from parity.kinds.activation import activation
from parity.kinds.arithmetic import elementwise
from parity.kinds.convolution import conv
from parity.kinds.linear import dense
from parity.kinds.pooling import average_pool, global_average_pool
from parity.kinds.shape import concat

LOWEST = {"uint8": 0, "uint16": 0, "int8": -128, "int16": -32768}
"""The least number of a type."""

SUFFIXES = ("_scale", "_zero_point")
COMPUTED_GRID = "computed"
OFFSETS = "offsets"
"""What is said before the zero points of the factors of a product of integers, which are no grid by themselves."""

UNKNOWN_GRID, ANY_GRID = ("unknown",), ("any",)
"""What integers stand for where no file tells it; and where what comes later scales them."""

LATEST = 13
"""The opset from which on the operators on floats mean what onnxruntime's own on integers do."""

SUMS = {"conv", "dense", "elementwise"}
MICROSOFT = "onnx:com.microsoft"


def _spell(call: Call) -> tuple[Draft, ...]:
    first = next(iter(call.node.inputs), None)
    if first != "x" or not call.outputs or call.get("block_size") or not _of_one_scale(call):
        return ()
    weights = {slot.split("_", 1)[1]: slot for slot in call.node.weights if slot.endswith(SUFFIXES)}
    attributes = {"lowest": _lowest(call), "zero": call.get("y_zero_point", call.get("x_zero_point")), **_ends(call)}
    return (
        Draft("quantisation", attributes, call.inputs[:1], call.outputs, call.uses(**weights), "", call.inputs[1:]),
    )


def _ends(call: Call) -> dict[str, Any]:
    """Onto which numbers it rounds, or from which it scales back."""
    if call.node.op == "DynamicQuantizeLinear":
        return {"gives": (COMPUTED_GRID, *call.outputs[1:])}
    if call.node.op == "QuantizeLinear":
        return {"gives": _grid(call, "y", call.outputs[0])}
    return {"takes": ((call.inputs[0], _grid(call, "x", call.inputs[0])),)}


def _grid(call: Call, slot: str, value: str) -> tuple[Any, ...]:
    """Scale, zero point and type of the integers; the names of the values where the model computes them."""
    computed = tuple(
        call.node.inputs[name] for name in (f"{slot}{each}" for each in SUFFIXES) if name in call.node.inputs
    )
    if computed:
        return (COMPUTED_GRID, *computed)
    scale, zero = (_number(call.get(f"{slot}{each}")) for each in SUFFIXES)
    zeros, known = call.stored.get(call.node.weights.get(f"{slot}_zero_point", "")), call.values.get(value)
    if scale is None or (zero is None and zeros is not None):
        return UNKNOWN_GRID
    return float(scale), zero or 0, zeros.dtype if zeros is not None else (known and known.dtype) or "uint8"


def _number(given: Any) -> Any:
    """The one number that a setting is; None for others."""
    number = given[0] if isinstance(given, tuple) and len(given) == 1 else given
    return number if type(number) in {int, float} else None


def _taken(call: Call, *, scaled_later: bool) -> tuple[tuple[str, Any], ...]:
    """The values that an operator on small integers works on, and what these are told to be.

    Those without a scale of their own are scaled with the result.
    """
    given = {*call.node.inputs, *call.node.weights}
    slots = [slot for slot in call.node.inputs if not slot.endswith(SUFFIXES)]
    return tuple(
        (value, ANY_GRID if scaled_later and f"{slot}_scale" not in given else _grid(call, slot, value))
        for slot in slots
        if (value := call.node.inputs[slot])
    )


def _of_one_scale(call: Call) -> bool:
    """Whether one scale is that of all elements; several are those of an axis or of blocks, which no layer tells."""
    slot = next((name for name in ("x_scale", "y_scale") if name in (*call.node.inputs, *call.node.weights)), "")
    value = call.values.get(call.node.inputs.get(slot, ""))
    shape = call.weight_shape(slot) if call.has(slot) else value.shape if value is not None else ()
    given = next((call.get(name) for name in ("x_scale", "y_scale") if call.get(name) is not None), None)
    return shape in {(), (1,)} and not (isinstance(given, tuple) and len(given) > 1)


def _lowest(call: Call) -> float | None:
    """The least value that can be told, below which all is rounded up to it."""
    zero, scale, weight = call.get("y_zero_point"), call.get("y_scale"), call.node.weights.get("y_zero_point", "")
    stored = call.stored.get(weight)
    least = LOWEST.get(stored.dtype) if stored is not None else None
    plain = type(zero) is int and isinstance(scale, float)
    return (least - zero) * scale if plain and least is not None and zero is not None and scale is not None else None


def _integers(spell: Spelling, op: str, slots: Mapping[str, str], *, scaled_later: bool = False) -> Spelling:
    """What an operator on small integers does, as the operator on real numbers does it.

    Args:
        spell: how the operator on real numbers is said.
        op: its name.
        slots: its names of the inputs that have others here.
        scaled_later: the result is still to be multiplied by the scales.
    """

    def said(call: Call) -> tuple[Draft, ...]:
        node = call.node
        named = (_plain(each, slots) for each in (node.inputs, node.weights, node.attributes))
        inputs, weights, attributes = named
        if node.dialect != "onnx":
            attributes["__opset__"] = attributes.get("opset", LATEST)
        real = replace(node, op=op, dialect="onnx", inputs=inputs, weights=weights, attributes=attributes)
        drafts = spell(replace(call, node=real))
        if not drafts:
            return ()
        rest = tuple(value for slot, value in node.inputs.items() if slot.endswith(SUFFIXES))
        more = {"scaled_later": True} if scaled_later else {}
        head = replace(drafts[0], ignored=(*drafts[0].ignored, *rest), attributes={**drafts[0].attributes, **more})
        made = _as_made(call)
        drafts = _saturated((head, *drafts[1:]), _lowest(made))
        told = {**drafts[-1].attributes, "zero": made.get("y_zero_point")}
        if "y_scale" in made.node.weights:
            told["gives"] = _grid(made, "y", call.outputs[0])
        drafts = (*drafts[:-1], replace(drafts[-1], attributes=told))
        if scaled_later and any(offsets := tuple(_offset(call, slot) for slot in slots)):
            told = {**drafts[-1].attributes, "offsets": (OFFSETS, *offsets)}
            drafts = (*drafts[:-1], replace(drafts[-1], attributes=told))
        taken = _taken(call, scaled_later="y_scale" not in made.node.weights)
        return replace(drafts[0], attributes={**drafts[0].attributes, "takes": taken}), *drafts[1:]

    return said


def _offset(call: Call, slot: str) -> Any:
    """The number that stands for 0 among the integers of an input; 0 where it comes with the integers themselves."""
    name = f"{slot}_zero_point"
    zero = _number(call.get(name, 0))
    return UNKNOWN_GRID[0] if zero is None or (call.has(name) and name not in call.node.attributes) else zero


def _plain(given: Mapping[str, Any], slots: Mapping[str, str]) -> dict[str, Any]:
    """What is given by slot, under other names, without scales and zero points."""
    return {slots.get(name, name): each for name, each in given.items() if not name.endswith(SUFFIXES)}


def _saturated(drafts: tuple[Draft, ...], lowest: float | None) -> tuple[Draft, ...]:
    """A sum or product whose result cannot tell what is negative is one with a ReLU, which quantisers leave out."""
    last = drafts[-1]
    if lowest != 0 or last.kind not in SUMS or last.attributes.get("function", "add") != "add":
        return drafts
    between = f"{last.outputs[0]}:before-saturation"
    relu = Draft("activation", {"function": "relu", "saturated": True}, (between,), last.outputs[:1], part="saturated")
    return *drafts[:-1], replace(last, outputs=(between, *last.outputs[1:])), relu


def _as_made(call: Call) -> Call:
    """The call with the scale and the zero point of its result under the names of those of QuantizeLinear."""
    attributes, weights = dict(call.node.attributes), dict(call.node.weights)
    for ours in SUFFIXES:
        for theirs in (f"Y{ours}", f"C{ours}"):
            if theirs in weights and f"y{ours}" not in weights and not (theirs[0] == "C" and f"Y{ours}" in weights):
                attributes[f"y{ours}"], weights[f"y{ours}"] = attributes.get(theirs), weights[theirs]
    return replace(call, node=replace(call.node, attributes=attributes, weights=weights))


def _of(kind: Kind, op: str) -> Spelling:
    return kind.spellings["onnx", op]


CONV, MATMUL, GEMM = _of(conv.KIND, "Conv"), _of(dense.KIND, "MatMul"), _of(dense.KIND, "Gemm")
KERNEL = {"x": "X", "w": "W"}
FACTORS = {"a": "A", "b": "B"}
ON_MICROSOFT: Mapping[str, tuple[Kind, str]] = {
    "LeakyRelu": (activation.KIND, "LeakyRelu"),
    "Sigmoid": (activation.KIND, "Sigmoid"),
    "Softmax": (activation.KIND, "Softmax"),
    "AveragePool": (average_pool.KIND, "AveragePool"),
    "GlobalAveragePool": (global_average_pool.KIND, "GlobalAveragePool"),
    "Add": (elementwise.KIND, "Add"),
    "Mul": (elementwise.KIND, "Mul"),
    "Concat": (concat.KIND, "Concat"),
}

KIND = Kind(
    "quantisation",
    told=("changes", "form", "grids", "scaling"),
    roles={"scale": Role(""), "zero_point": Role("")},
    compute=later(__package__, "quantisation"),
    spellings={
        **{("onnx", op): _spell for op in ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")},
        **{(MICROSOFT, op): _spell for op in ("QuantizeLinear", "DequantizeLinear")},
        ("onnx", "QLinearConv"): _integers(CONV, "Conv", KERNEL),
        ("onnx", "ConvInteger"): _integers(CONV, "Conv", KERNEL, scaled_later=True),
        ("onnx", "QLinearMatMul"): _integers(MATMUL, "MatMul", FACTORS),
        ("onnx", "MatMulInteger"): _integers(MATMUL, "MatMul", FACTORS, scaled_later=True),
        (MICROSOFT, "QGemm"): _integers(GEMM, "Gemm", {}),
        (MICROSOFT, "MatMulIntegerToFloat"): _integers(MATMUL, "MatMul", {}),
        **{(MICROSOFT, f"QLinear{op}"): _integers(_of(*found), found[1], {}) for op, found in ON_MICROSOFT.items()},
    },
)
