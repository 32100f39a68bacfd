"""Brings axes down to one number: sum, mean, extremes, products, spread, norms, and the places of extremes."""

from dataclasses import replace
from typing import Any

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, Operands, source
from parity.kinds.arithmetic import elementwise
from parity.kinds.pooling import _whole as pooling


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if not inputs or inputs[0] is None:
        return (None,)
    found, axes = inputs[0], attributes["axes"]
    gone = set(range(len(found))) if axes is None else {axis % len(found) for axis in axes}
    if attributes["keepdims"]:
        return (tuple(1 if at in gone else size for at, size in enumerate(found)),)
    return (tuple(size for at, size in enumerate(found) if at not in gone),)


def _named(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, axes = inputs[0], attributes["axes"]
    if found is None:
        return inputs, (None,)
    gone = set(range(len(found))) if axes is None else {axis % len(found) for axis in axes}
    keep = attributes["keepdims"]
    return inputs, (tuple(name for at, name in enumerate(found) if keep or at not in gone),)


def _axes(found: Operands, given: Any, *, empty_is_all: bool = True) -> tuple[int, ...] | None:
    """Axes in rising order, from the front where the rank is known; None for all.

    Raises:
        ValueError: they are no axes.
    """
    if given is None or (given == () and empty_is_all):
        return None
    axes = (given,) if type(given) is int else tuple(given)
    shape = found.shapes[0]
    if shape is None:
        return tuple(sorted(axes))
    if not whole(*axes, least=-len(shape)) or any(axis >= len(shape) for axis in axes):
        raise ValueError(given)
    counted = tuple(sorted({axis % len(shape) for axis in axes}))
    return None if len(counted) == len(shape) and len(shape) > 1 else counted


def _draft(call: Call, function: str, axes: Any, *, keepdims: Any, **more: Any) -> tuple[Draft, ...]:
    found = source(call)
    if found is None or len(call.inputs) > 1:
        return ()
    attributes = {"function": function, "axes": _axes(found, axes), "keepdims": bool(keepdims)}
    return found.draft("reduce", call, **attributes, **more)


def _aten(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        if "other" in {*call.node.inputs, *call.node.attributes, *call.node.weights}:
            return EXTREMES[function](call)  # the greater of two tensors
        return _draft(call, function, call.get("dim"), keepdims=call.get("keepdim", False))

    return spell


def _extreme(function: str, value: Spelling) -> Spelling:
    """The greatest or least of an axis and, as a second output, its place there."""

    def spell(call: Call) -> tuple[Draft, ...]:
        places = call.outputs[1:]
        if not places:
            return _aten(function)(call)
        found, place = value(call), _draft(call, f"arg{function}", call.get("dim"), keepdims=call.get("keepdim", False))
        return (*found, *(replace(each, outputs=places, part="place") for each in place)) if found and place else ()

    return spell


EXTREMES = {
    "max": elementwise.KIND.spellings["aten", "maximum"],
    "min": elementwise.KIND.spellings["aten", "minimum"],
}


def _spread(function: str, *, dialect: str) -> Spelling:
    """Variance and standard deviation, which PyTorch alone corrects for the lost degree of freedom."""

    def spell(call: Call) -> tuple[Draft, ...]:
        keep, names = ("keepdim", "dim") if dialect == "aten" else ("keepdims", "axis")
        correction = 0
        if dialect == "aten":
            unbiased = call.get("unbiased")
            given = call.get("correction")
            correction = given if given is not None else 1 if unbiased is None else int(unbiased)
        return _draft(call, function, call.get(names), keepdims=call.get(keep, False), correction=float(correction))

    return spell


def _norm(call: Call) -> tuple[Draft, ...]:
    order = call.get("ord", call.get("p", 2))
    if not isinstance(order, int | float) or call.get("dtype") is not None:
        return ()
    return _draft(call, "norm", call.get("dim"), keepdims=call.get("keepdim", False), order=float(order))


def _keras(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        if call.get("initial") is not None or call.get("dtype") is not None:
            return ()
        return _draft(call, function, call.get("axis"), keepdims=call.get("keepdims", False))

    return spell


def _average(call: Call) -> tuple[Draft, ...]:
    """Without weights of its elements it is the mean."""
    return _MEAN(call) if call.get("weights") is None and len(call.inputs) == 1 else ()


def _moments(call: Call) -> tuple[Draft, ...]:
    """Mean and variance, the latter over all elements."""
    axes, keep = call.get("axes"), call.get("keepdims", False)
    if call.get("synchronized") or len(call.outputs) != 2:  # both
        return ()
    whole_image = pooling.reduction(MEAN, "axes", "keepdims", keeps=False)(call)
    mean = whole_image or _draft(call, "mean", axes, keepdims=keep)
    spread = _draft(call, "variance", axes, keepdims=keep, correction=0.0)
    return (*mean, *(replace(each, outputs=call.outputs[1:], part="variance") for each in spread))


def _keras_norm(call: Call) -> tuple[Draft, ...]:
    order, axis = call.get("ord"), call.get("axis")
    plain = (order is None or isinstance(order, int | float)) and (type(axis) is int or order is None)
    keep = call.get("keepdims", False)
    return _draft(call, "norm", axis, keepdims=keep, order=float(order or 2)) if plain else ()


def _onnx(function: str, **more: Any) -> Spelling:
    """Axes are an input from opset 13 or 18 on; without any all axes go, unless none should."""

    def spell(call: Call) -> tuple[Draft, ...]:
        axes = call.get("axes")
        if "axes" in call.node.inputs:
            return ()
        if not axes and call.get("noop_with_empty_axes", 0):
            return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),) if function in SAME_ALONE else ()
        return _draft(call, function, axes, keepdims=call.get("keepdims", 1), **more)

    return spell


def _log_sum(call: Call) -> tuple[Draft, ...]:
    """ONNX's logarithm of a sum, which is taken of each element where no axis goes."""
    between = f"{call.node.path}:sum"
    summed = tuple(replace(draft, outputs=(between,), part="sum") for draft in _onnx("sum")(call))
    return (*summed, Draft("elementwise", {"function": "log"}, (between,), call.outputs[:1])) if summed else ()


SAME_ALONE = {"sum", "mean", "max", "min", "prod"}
"""Functions that give a single number back as it is."""


def _onnx_place(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        if call.get("select_last_index", 0):
            return ()
        return _draft(call, function, call.get("axis", 0), keepdims=call.get("keepdims", 1))

    return spell


def _either(first: Spelling, second: Spelling) -> Spelling:
    """A mean or maximum over every axis but batch and channels is a global pooling."""
    return lambda call: first(call) or second(call)


MEAN, MAX = "global_average_pool", "global_max_pool"
_MEAN = _either(pooling.reduction(MEAN, "axis", "keepdims", keeps=False), _keras("mean"))
SIMPLE = ("sum", "prod", "all", "any")
ATEN = {**{name: name for name in (*SIMPLE, "max", "min", "argmax", "argmin", "logsumexp")}, "amax": "max"} | {
    "amin": "min"
}
KERAS = {"Sum": "sum", "Prod": "prod", "All": "all", "Any": "any", "Max": "max", "Min": "min", "Amax": "max"} | {
    "Amin": "min",
    "Argmax": "argmax",
    "Argmin": "argmin",
    "Logsumexp": "logsumexp",
}
ONNX = {"Sum": "sum", "Prod": "prod", "Max": "max", "Min": "min", "LogSumExp": "logsumexp", "SumSquare": "sum_square"}

KIND = Kind(
    "reduce",
    attributes={
        "function": Attribute(),
        "axes": Attribute(is_axis=True),
        "correction": Attribute(),
        "order": Attribute(),
        **COMPARED,
    },
    told=("keepdims",),
    roles=ROLES,
    shape=_shape,
    axes=_named,
    makes=True,
    compute=later(__package__, "reduce"),
    spellings={
        **{("aten", op): _aten(function) for op, function in ATEN.items()},
        ("aten", "max"): _extreme("max", _either(pooling.reduction(MAX, "dim", "keepdim", keeps=False), _aten("max"))),
        ("aten", "min"): _extreme("min", _aten("min")),
        ("aten", "mean"): _either(pooling.reduction(MEAN, "dim", "keepdim", keeps=False), _aten("mean")),
        ("aten", "var"): _spread("variance", dialect="aten"),
        ("aten", "std"): _spread("deviation", dialect="aten"),
        ("aten", "linalg_vector_norm"): _norm,
        ("aten", "norm"): _norm,
        **{("keras.ops", op): _keras(function) for op, function in KERAS.items()},
        ("keras.ops", "Mean"): _MEAN,
        ("keras.ops", "Var"): _spread("variance", dialect="keras"),
        ("keras.ops", "Std"): _spread("deviation", dialect="keras"),
        ("keras.ops", "Norm"): _keras_norm,
        ("keras.ops", "Average"): _average,
        ("keras.ops", "Moments"): _moments,
        **{("onnx", f"Reduce{op}"): _onnx(function) for op, function in ONNX.items()},
        ("aten", "amax"): _either(pooling.reduction(MAX, "dim", "keepdim", keeps=False), _aten("max")),
        ("keras.ops", "Max"): _either(pooling.reduction(MAX, "axis", "keepdims", keeps=False), _keras("max")),
        ("onnx", "ReduceMax"): _either(pooling.reduction(MAX, "axes", "keepdims", keeps=True), _onnx("max")),
        ("onnx", "ReduceMean"): _either(pooling.reduction(MEAN, "axes", "keepdims", keeps=True), _onnx("mean")),
        ("onnx", "ReduceLogSum"): _log_sum,
        ("onnx", "ReduceL1"): _onnx("norm", order=1.0),
        ("onnx", "ReduceL2"): _onnx("norm", order=2.0),
        ("onnx", "ArgMax"): _onnx_place("argmax"),
        ("onnx", "ArgMin"): _onnx_place("argmin"),
    },
)
