"""Element-wise arithmetic, comparison and logic of one tensor, of several, or of one and a stored one or a number."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, isfinite, pi
from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Spelling, Use
from parity.kinds._given import later
from parity.kinds._operands import broadcast, constant, size, source
from parity.kinds.arithmetic import _names as names
from parity.kinds.arithmetic._sums import between, fused
from parity.kinds.source.constant import flat, held

COMMUTATIVE = names.COMMUTATIVE

PLACES = ("self", "other", "x1", "x2", "A", "B", "X", "Y", "0", "1", "x", "y", "self", "exponent")
"""What the dialects call two operands, by pairs."""

UNIT = {"multiply": 1.0, "divide": 1.0, "add": 0.0, "subtract": 0.0}
"""Second operands that change nothing."""

RAISED = {0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal"}
"""Functions of their own that powers are."""


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if isinstance(attributes.get("operand"), str):
        return (None,)  # a mask is known by its pattern, not by its sizes
    axis = attributes.get("operand_axis")
    stored = [along(shape, axis) for shape in attributes.get("operand_shapes", ())]
    return broadcast(attributes, [*inputs, *stored] if inputs else ())


def along(shape: Shape, axis: int | None) -> Shape:
    """The shape with which an operand takes part whose elements run along one axis, counted from the end."""
    wide = [size for size in shape if size != 1]
    if axis is None or axis >= 0 or len(wide) != 1:
        return shape
    return (*wide, *(1,) * (-axis - 1))


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    """The size of a stored operand, where a layer's settings tell it."""
    return {"c": attributes["features"]} if type(attributes.get("features")) is int else {}


def _constants(call: Call) -> dict[str, Any]:
    """Operands that the call itself holds, by place: numbers, or arrays as nested tuples."""
    given = {name: call.get(name) for name in call.node.attributes if name in PLACES or name.startswith("inputs.")}
    return {name: constant(value) for name, value in given.items() if value is not None}


def _first(call: Call, constants: Mapping[str, Any]) -> bool:
    """Whether the model's own value is the second operand: ``1 - x``."""
    own, others = (call.node.inputs or call.node.weights), (call.node.weights if call.node.inputs else {})
    places = [PLACES.index(name) % 2 for name in own if name in PLACES]
    held = [PLACES.index(name) % 2 for name in (*constants, *others) if name in PLACES]
    keras = call.get("__inputs__")  # the places of Keras' tensors, where these are not simply the first ones
    return keras in {("1",), ("x2",), ("y",)} or (keras is None and bool(held) and places == [1])


def _draft(call: Call, function: str, *, swapped: bool = False) -> tuple[Draft, ...]:
    constants = _constants(call)
    if len(constants) > 1:
        return _of_constants(call, function, constants, swapped=swapped)
    if not (call.inputs or call.node.weights):
        return ()
    simple = _of_one(call, function, constants)
    if simple is not None:
        return (simple,)
    function = _on_truth(call, function)
    inputs = call.inputs
    if swapped and len(inputs) == 2:  # both operands
        inputs, swapped = inputs[::-1], False
    second = _first(call, constants) != swapped
    first = second and function not in COMMUTATIVE
    if first and function in names.MIRRORED:
        function, first = names.MIRRORED[function], False
    attributes: dict[str, Any] = {"function": function}
    for value in constants.values():
        attributes["operand"] = value
    if first:
        attributes["operand_first"] = True
    if function in UNIT and not first and attributes.get("operand") == UNIT[function] and len(call.inputs) == 1:
        return (Draft("identity", {}, call.inputs, call.outputs[:1]),)
    weights = {f"operand_{at}" if at else "operand": Use(name) for at, name in enumerate(call.node.weights.values())}
    shapes: list[Shape] = [call.stored[use.name].shape for use in weights.values()]
    shapes += [size(value) for value in constants.values() if isinstance(value, tuple)]
    if shapes:
        attributes["operand_shapes"] = tuple(shapes)
    attributes |= _along_one_axis(call, attributes, weights)
    return (Draft("elementwise", _simpler(attributes), inputs, call.outputs[:1], weights),)


def _of_one(call: Call, function: str, constants: Mapping[str, Any]) -> Draft | None:
    """A function of one value and a number that has a name of its own; None where it has none.

    Whether a truth value is true is that value itself: exporters ask so.
    """
    value = call.values.get(call.inputs[0]) if len(call.inputs) == 1 else None
    (constant,) = constants.values() if len(constants) == 1 else (None,)
    if len(call.inputs) == 1 and function == "maximum" and constant == 0:
        return Draft("activation", {"function": "relu"}, call.inputs, call.outputs[:1])
    if function not in {"equal", "not_equal"} or value is None or value.dtype != "bool" or constant not in (0, 1):
        return None
    if (function == "equal") is bool(constant):
        return Draft("identity", {}, call.inputs, call.outputs[:1])
    return Draft("elementwise", {"function": "logical_not"}, call.inputs, call.outputs[:1])


def _of_constants(call: Call, function: str, constants: Mapping[str, Any], *, swapped: bool) -> tuple[Draft, ...]:
    """A function of several numbers that the call holds: each but the last is made by a layer of its own."""
    places = sorted(constants, key=lambda name: PLACES.index(name) % 2 if name in PLACES else len(PLACES))
    if call.inputs or call.node.weights or len(places) != 2 or not set(places) <= set(PLACES):
        return ()
    first, second = (constants[name] for name in (places[::-1] if swapped else places))
    made, shape = f"{call.node.path}:first", size(first)
    numbers = flat(first)[0] if isinstance(first, tuple) else (first,)
    attributes = holding(_on_truth(call, function), second, shape, first=False)
    return held(made, numbers, shape, "first"), Draft("elementwise", attributes, (made,), call.outputs[:1])


def _along_one_axis(call: Call, attributes: Attributes, weights: dict[str, Use]) -> dict[str, Any]:
    """Of an operand with elements along one axis at most: that axis, and the operand without the others."""
    shapes = attributes.get("operand_shapes", ())
    axes = _axes(call.shape(), shapes[0]) if len(call.inputs) == len(shapes) == 1 else None
    if axes is None:
        return {}
    found: dict[str, Any] = {"operand_axis": axes[0]} if axes else {}
    if weights:
        windows = tuple((0, each) for each in shapes[0])
        weights["operand"] = Use(weights["operand"].name, "c" if axes else "", windows)
    elif isinstance(attributes.get("operand"), tuple):
        found["operand"] = _row(attributes["operand"], shapes[0])
    return found


def _axes(shape: Shape | None, operand: Shape) -> list[int] | None:
    """The axes, counted from the end, along which an operand has elements; None where these are several."""
    axes = [at - len(operand) for at, each in enumerate(operand) if each != 1]
    return None if shape is None or len(operand) > len(shape) or len(axes) > 1 else axes


def _row(operand: Any, shape: Shape) -> Any:
    """An operand with elements along one axis at most, without the others."""
    several = any(each != 1 for each in shape)
    for _ in range(len(shape) - 1 if several else len(shape)):
        operand = operand[0] if len(operand) == 1 else tuple(each[0] for each in operand)
    return operand if several else float(operand)


def holding(function: str, operand: Any, shape: Shape | None, *, first: bool) -> dict[str, Any]:
    """The attributes of a function of a value and of numbers that the layer itself holds.

    Args:
        function: the canonical name.
        operand: the numbers, as nested tuples.
        shape: of the value.
        first: the numbers are the first operand.
    """
    first = first and function not in COMMUTATIVE
    if first and function in names.MIRRORED:
        function, first = names.MIRRORED[function], False
    attributes: dict[str, Any] = {"function": function, "operand": operand}
    if first:
        attributes["operand_first"] = True
    laid = size(operand)
    axes = _axes(shape, laid)
    if laid:
        attributes["operand_shapes"] = (laid,)
    if laid and axes is not None:
        attributes |= {"operand": _row(operand, laid), **({"operand_axis": axes[0]} if axes else {})}
    return _simpler(attributes)


def _simpler(attributes: dict[str, Any]) -> dict[str, Any]:
    """A power or a quotient as a function of one operand, where it is one; a difference as a sum, and the like."""
    function, number, first = attributes["function"], attributes.get("operand"), attributes.get("operand_first", False)
    if function == "power" and not first and number in RAISED:
        return {"function": RAISED[number]}
    if function == "divide" and first and number == 1:
        return {"function": "reciprocal"}
    if type(number) is float and not first and function == "subtract":
        return {"function": "add", "operand": -number}
    if type(number) is float and not first and function == "divide" and isfinite(1 / number if number else inf):
        return {"function": "multiply", "operand": 1 / number}
    return attributes


def _on_truth(call: Call, function: str) -> str:
    """The function, as that of truth values where these come out."""
    found = call.values.get(call.outputs[0]) if call.outputs else None
    return names.ON_TRUTH.get(function, function) if found is not None and found.dtype == "bool" else function


def _two(function: str) -> Spelling:
    return lambda call: _draft(call, function)


def _scaled(function: str, *, swapped: bool = False) -> Spelling:
    """ATen's sums and differences, whose second operand may be multiplied by a number first."""

    def spell(call: Call) -> tuple[Draft, ...]:
        factor = call.get("alpha", 1)
        if factor == 1:
            return _draft(call, function, swapped=swapped)
        between = f"{call.node.path}:scaled"
        slot = "self" if swapped else "other"
        if slot not in call.node.inputs or len(call.inputs) != 2 or not isinstance(factor, int | float):
            return ()
        scaled = Draft(
            "elementwise",
            {"function": "multiply", "operand": float(factor)},
            (call.node.inputs[slot],),
            (between,),
            part="alpha",
        )
        other = call.node.inputs["other" if swapped else "self"]
        return scaled, Draft("elementwise", {"function": function}, (other, between), call.outputs[:1])

    return spell


def _quotient(rounding: str) -> Spelling:
    """A whole quotient: of real numbers two layers, as exporters write it.

    PyTorch takes the remainder away before it divides, which is another whole number only where rounding alone decides.
    """

    def spell(call: Call) -> tuple[Draft, ...]:
        found = call.values.get(call.outputs[0]) if call.outputs else None
        if found is None or "float" not in (found.dtype or ""):
            return _draft(call, f"{rounding}_divide")
        drafts = _draft(call, "divide")
        if not drafts:
            return ()
        between = f"{call.node.path}:quotient"
        whole = Draft("elementwise", {"function": rounding}, (between,), call.outputs[:1])
        return *drafts[:-1], replace(drafts[-1], outputs=(between,), part="quotient"), whole

    return spell


WHOLE = {None: _two("divide"), "floor": _quotient("floor"), "trunc": _quotient("truncate")}
"""What ATen does with a quotient, by its rounding mode."""


def _divided(call: Call) -> tuple[Draft, ...]:
    spell = WHOLE.get(call.get("rounding_mode"))
    return spell(call) if spell is not None else ()


def _modulo(call: Call) -> tuple[Draft, ...]:
    """ONNX's Mod, which takes the sign of the divisor unless it is told to be C's."""
    return _draft(call, "fmod" if call.get("fmod", 0) else "remainder")


def _onnx_divided(call: Call) -> tuple[Draft, ...]:
    """ONNX truncates quotients of integers."""
    found = call.values.get(call.outputs[0]) if call.outputs else None
    whole = found is not None and (found.dtype or "").startswith(("int", "uint"))
    return _draft(call, "truncate_divide" if whole else "divide")


def _shifted(call: Call) -> tuple[Draft, ...]:
    """ONNX's shift of bits, whose direction has no default."""
    function = {"LEFT": "left_shift", "RIGHT": "right_shift"}.get(call.get("direction", ""))
    return _draft(call, function) if function is not None else ()


INFINITE = {"detect_positive": inf, "detect_negative": -inf}


def _infinite(call: Call) -> tuple[Draft, ...]:
    """ONNX's test for infinity, or for that of one sign."""
    signs = [sign for name, sign in INFINITE.items() if call.get(name, 1)]
    if not signs:
        return ()
    return _one("is_inf")(call) if len(signs) > 1 else _with("equal", signs[0])(call)


def _one(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found = source(call)
        return found.draft("elementwise", call, function=_on_truth(call, function)) if found is not None else ()

    return spell


def _with(function: str, number: float) -> Spelling:
    """A function of the one tensor that a call works on and of a number."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = source(call)
        return found.draft("elementwise", call, function=function, operand=number) if found is not None else ()

    return spell


def _fraction(call: Call) -> tuple[Draft, ...]:
    """What is left of a number without its whole part, which is cut off towards zero."""
    found = source(call)
    whole = f"{call.node.path}:whole"
    if found is None or len(call.inputs) != 1:
        return ()
    cut = Draft("elementwise", {"function": "truncate"}, call.inputs, (whole,), part="whole")
    return cut, Draft("elementwise", {"function": "subtract"}, (*call.inputs, whole), call.outputs[:1])


def _round(name: str) -> Spelling:
    """To the nearest whole number, halves to the even one; to decimals it is another function."""
    return lambda call: _one("round")(call) if not call.get(name, 0) else ()


KIND = Kind(
    "elementwise",
    attributes={
        **{name: Attribute() for name in ("function", "operand", "operand_first", "operands")},
        "operand_axis": Attribute(is_axis=True),
    },
    told=("features", "mask", "operand_shapes"),
    roles={"operand": Role("")},
    shape=_shape,
    sizes=_sizes,
    makes=True,
    takes_complex=("add", "subtract", "multiply", "divide", "negative", "abs"),
    compute=later(__package__, "elementwise"),
    spellings={
        **{("keras", op): _two(function) for op, function in names.KERAS.items()},
        **{key: _two(function) for key, function in (names.spelled(names.TWO) | names.ALIASES).items()},
        **{key: _one(function) for key, function in (names.spelled(names.ONE) | names.ONE_ALIASES).items()},
        **{("aten", op): _scaled(name) for op, name in (("add", "add"), ("sub", "subtract"), ("subtract", "subtract"))},
        ("aten", "rsub"): _scaled("subtract", swapped=True),
        ("aten", "addcmul"): fused("Mul"),
        ("aten", "addcdiv"): fused("Div"),
        ("aten", "lerp"): between,
        **{key: _quotient("floor") for key in names.FLOORED},
        **{("aten", op): _divided for op in ("div", "divide")},
        ("onnx", "Div"): _onnx_divided,
        ("onnx", "Mod"): _modulo,
        ("onnx", "BitShift"): _shifted,
        ("onnx", "IsInf"): _infinite,
        ("keras.ops", "Square"): _with("power", 2.0),
        ("keras.ops", "Deg2rad"): _with("multiply", pi / 180),
        ("keras.ops", "Rad2deg"): _with("multiply", 180 / pi),
        ("aten", "square"): _with("power", 2.0),
        ("aten", "frac"): _fraction,
        ("aten", "isposinf"): _with("equal", inf),
        ("aten", "isneginf"): _with("equal", -inf),
        ("keras.ops", "Isposinf"): _with("equal", inf),
        ("keras.ops", "Isneginf"): _with("equal", -inf),
        ("keras.ops", "Round"): _round("decimals"),
        ("aten", "round"): _round("decimals"),
        ("onnx", "Round"): _round("decimals"),
    },
)
