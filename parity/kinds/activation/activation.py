"""An element-wise non-linearity, or softmax; also what other layers apply to their own output."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import isclose
from typing import Any

from parity.graph import Effect, Evidence, Shape
from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._modes import ALWAYS, always
from parity.kinds._operands import COMPARED, ROLES, source
from parity.kinds._written_out import Step, written_out
from parity.kinds.activation._functions import (
    GLU,
    KERAS_LAYERS,
    KERAS_OPERATIONS,
    PLAIN,
    SHRINK,
    Function,
    celu,
    clipped,
    keras_function,
    threshold,
)
from parity.kinds.activation._masked import under_mask

__all__ = ["KIND", "Function", "fused", "keras_function", "with_optimised"]

SELU = (1.6732632423543772, 1.0507009873554805)
"""Alpha and scale of SELU (Klambauer et al. 2017)."""

MICROSOFT = "onnx:com.microsoft"
EXACT = Step("Gelu", {"X": "sum"}, "activation")
QUICK = 1.702
"""The factor of onnxruntime's QuickGelu, if a call gives none."""

EXACT_SOFTPLUS = 20
"""From here on softplus is the identity, in single precision."""


def fused(draft: Draft, function: Function | None) -> tuple[Draft, ...]:
    """A layer followed by the activation that its framework keeps inside it."""
    if function is None:
        return (draft,)
    if function["function"] == GLU:
        function = {"function": "custom:glu"}  # it halves an axis, which Keras leaves out of the layer's shape
    if not draft.outputs:
        return draft, *_applied(function, (), (), part="activation")
    between = f"{draft.outputs[0]}:before-activation"
    head = replace(draft, outputs=(between, *draft.outputs[1:]))
    return head, *_applied(function, (between,), draft.outputs[:1], part="activation")


def _applied(
    function: Function, inputs: tuple[str, ...], outputs: tuple[str, ...], part: str = ""
) -> tuple[Draft, ...]:
    """A function of the user's own is opaque: two of one name need not be the same."""
    name = function["function"]
    if name.startswith("custom:"):
        settings = {"__module__": "", "activation": name.removeprefix("custom:")}
        return (Draft("opaque", {"operator": "keras.Activation", "settings": settings}, inputs, outputs, part=part),)
    if name == GLU:
        return (Draft("glu", {"axis": function["axis"]}, inputs, outputs, part=part),)
    if name in PARTS and inputs and outputs:
        return tuple(_parts(PARTS[name], inputs[0], outputs[0], part))
    return (Draft("activation", function, inputs, outputs, part=part),)


PARTS: Mapping[str, tuple[tuple[str, Function, tuple[int, ...]], ...]] = {
    "tanh_shrink": (("activation", {"function": "tanh"}, (0,)), ("elementwise", {"function": "subtract"}, (0, 1))),
    "softsign": (
        ("elementwise", {"function": "abs"}, (0,)),
        ("elementwise", {"function": "add", "operand": 1.0}, (1,)),
        ("elementwise", {"function": "divide"}, (0, 2)),
    ),
}
"""Functions that PyTorch writes as several operators: kind, attributes, and of which results (0 is the input)."""


def _parts(
    steps: tuple[tuple[str, Function, tuple[int, ...]], ...], start: str, end: str, part: str
) -> Iterator[Draft]:
    values = [start, *(f"{end}:step{at}" for at in range(1, len(steps))), end]
    for at, (name, attributes, places) in enumerate(steps, 1):
        step = part if at == len(steps) else f"{part}-{at}" if part else str(at)
        yield Draft(name, attributes, tuple(values[place] for place in places), (values[at],), part=step)


def _draft(call: Call, function: Function | None) -> tuple[Draft, ...]:
    found = source(call)
    if function is not None and found is not None and not found.inputs and call.evidence is Evidence.GRAPH:
        return found.draft("activation", call, **function)
    return _applied(function, call.inputs[:1], call.outputs[:1]) if function is not None else ()


def _constant(function: str) -> Spelling:
    return lambda call: _draft(call, {"function": function})


def _axis(function: str, *names: str, default: int | None = None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        axis = next((call.get(name) for name in names if call.get(name) is not None), default)
        return _draft(call, {"function": function, "axis": axis}) if isinstance(axis, int) else ()

    return spell


def _slope(function: str, ours: str, theirs: str, default: float) -> Spelling:
    return lambda call: _draft(call, {"function": function, ours: float(call.get(theirs, default))})


def _gelu(call: Call) -> tuple[Draft, ...]:
    return _draft(call, {"function": "gelu", "approximate": str(call.get("approximate", "none"))})


def _keras_activation(call: Call) -> tuple[Draft, ...]:
    function = keras_function(call.get("activation"))
    if function is None:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    return _draft(call, function)


def _by_settings(table: Mapping[str, Callable[[Mapping[str, Any]], Function | None]], name: str) -> Spelling:
    return lambda call: _draft(call, table[name](call.node.attributes))


def _keras_relu(call: Call) -> tuple[Draft, ...]:
    """Keras' layer; what is let through up to a limit while the rest has a slope is two functions, one after the other.

    What no functions in a row do is written out.
    """
    drafts = _draft(call, KERAS_LAYERS["ReLU"](call.node.attributes))
    low, slope, high = (call.get(name) for name in ("threshold", "negative_slope", "max_value"))
    if drafts:
        return drafts
    if high is None or float(low or 0.0) > high or (low and slope) or (slope or 0.0) < 0 or high < 0:
        return written_out(call, tuple(_relu_steps(_own(call), float(low or 0.0), float(slope or 0.0), high)))
    bent = {"function": "leaky_relu", "negative_slope": float(slope)} if slope else threshold(low or 0.0, 0.0)
    name = f"{call.outputs[0]}:unbounded"
    bound = {"function": "minimum", "operand": float(high)}
    return (
        Draft("activation", bent, call.inputs[:1], (name,), part="slope"),
        Draft("elementwise", bound, (name,), call.outputs[:1], part="limit"),
    )


def _relu_steps(own: str, low: float, slope: float, high: float | None) -> Iterator[Step]:
    """What is above a limit, up to another one, less the part below it times a slope.

    Source: ``keras.activations.relu`` of Keras 3.
    """
    yield Step("ThresholdedRelu", {"X": own}, "above", {"alpha": low}) if low else Step("Relu", {"X": own}, "above")
    if high is not None:
        yield Step("Clip", {"input": "above"}, "bounded", {"min": 0.0, "max": float(high)})
    if slope:
        yield Step("Neg", {"X": own}, "turned")
        yield Step("Add", {"A": "turned"}, "raised", {"B": low})
        yield Step("Relu", {"X": "raised"}, "below")
        yield Step("Mul", {"A": "below"}, "sloped", {"B": slope})
        yield Step("Sub", {"A": "above" if high is None else "bounded", "B": "sloped"}, "y")


def _own(call: Call) -> str:
    """The place that the operand of a call has."""
    return next(iter((*call.node.inputs, *call.node.weights)), "")


def _elu(call: Call) -> tuple[Draft, ...]:
    """ATen's operator is that of SELU too, with scales that ELU does not have."""
    alpha, scales = call.get("alpha", 1.0), (call.get("scale", 1), call.get("input_scale", 1))
    if scales == (1, 1):
        return _draft(call, {"function": "elu", "alpha": float(alpha)})
    return _selu(call, alpha, scales[0]) if scales[1] == 1 else ()


def _selu(call: Call, alpha: Any, scale: Any) -> tuple[Draft, ...]:
    """The function, where the two numbers that ATen and ONNX let a call choose are its own; else ELU times a number."""
    if isclose(alpha, SELU[0], rel_tol=1e-6) and isclose(scale, SELU[1], rel_tol=1e-6):
        return _draft(call, {"function": "selu"})
    bent = Step("Elu", {"X": _own(call)}, "elu", {"alpha": float(alpha)})
    return written_out(call, (bent, Step("Mul", {"A": "elu"}, "y", {"B": float(scale)})))


def _celu(call: Call) -> tuple[Draft, ...]:
    return _draft(call, celu(call.get("alpha", 1.0)))


def _softplus(call: Call) -> tuple[Draft, ...]:
    """PyTorch turns to the identity above a threshold, by default where the difference is nil."""
    beta, limit = float(call.get("beta", 1)), float(call.get("threshold", EXACT_SOFTPLUS))
    if limit < EXACT_SOFTPLUS:
        return written_out(call, tuple(_softplus_steps(_own(call), beta, limit)))
    return _draft(call, {"function": "softplus"} | ({} if beta == 1 else {"beta": beta}))


def _softplus_steps(own: str, beta: float, limit: float) -> Iterator[Step]:
    """Softplus below a limit, and the identity above it, as PyTorch decomposes its operator."""
    scaled = own if beta == 1 else "scaled"
    if beta != 1:
        yield Step("Mul", {"A": own}, "scaled", {"B": beta})
    yield Step("Softplus", {"X": scaled}, "soft")
    if beta != 1:
        yield Step("Div", {"A": "soft"}, "unscaled", {"B": beta})
    yield Step("Greater", {"A": scaled}, "above", {"B": limit})
    yield Step("Where", {"condition": "above", "X": own, "Y": "soft" if beta == 1 else "unscaled"}, "y")


def _between(low: str, high: str, *defaults: float) -> Spelling:
    """Clipping between two bounds: ReLU and ReLU6 as exporters write them."""

    def spell(call: Call) -> tuple[Draft, ...]:
        bounds = [call.get(name, default) for name, default in zip((low, high), defaults or (None, None), strict=True)]
        bounds = [bound[0] if isinstance(bound, tuple) and len(bound) == 1 else bound for bound in bounds]
        given = not {low, high}.intersection((*call.node.inputs, *call.node.weights))
        plain = all(bound is None or type(bound) in {int, float} for bound in bounds)
        if not given or not plain:
            return ()
        function = clipped(*bounds)
        return _draft(call, function) if function else (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)

    return spell


def _threshold(call: Call) -> tuple[Draft, ...]:
    return _draft(call, threshold(call.get("threshold"), call.get("value")))


def _rrelu(call: Call) -> tuple[Draft, ...]:
    """A slope drawn at random in training, the mean of its bounds in inference."""
    function = {"function": "rrelu", "low": float(call.get("lower", 1 / 8)), "high": float(call.get("upper", 1 / 3))}
    return _draft(call, {**function, "always": True} if always(call) else function)


def _softmin(call: Call) -> tuple[Draft, ...]:
    """Softmax of the negative, as an export shows it."""
    axis, between = call.get("dim"), tuple(f"{name}:negative" for name in call.outputs[:1])
    negative = Draft("elementwise", {"function": "negative"}, call.inputs[:1], between, part="negative")
    softmax = Draft("activation", {"function": "softmax", "axis": axis}, between, call.outputs[:1])
    return (negative, softmax) if type(axis) is int else ()


def _onnx_shrink(call: Call) -> tuple[Draft, ...]:
    limit, bias = float(call.get("lambd", SHRINK)), float(call.get("bias", 0.0))
    name = {0.0: "hard_shrink", limit: "soft_shrink"}.get(bias)
    return _draft(call, {"function": name, "threshold": limit}) if name is not None else ()


def _fast_gelu(call: Call) -> tuple[Draft, ...]:
    """onnxruntime's, by tanh, of a sum with a vector if there is one."""
    steps = Step("Add", {"A": "X", "B": "bias"}, "sum"), replace(EXACT, settings={"approximate": "tanh"})
    biased = call.has("bias") or "bias" in call.node.inputs
    return written_out(call, steps) if biased else _draft(call, {"function": "gelu", "approximate": "tanh"})


def _onnx_swish(call: Call, usual: float = 1.0) -> tuple[Draft, ...]:
    alpha = float(call.get("alpha", usual))
    return _draft(call, {"function": "silu"} | ({} if alpha == 1 else {"beta": alpha}))


def _onnx_hard_sigmoid(call: Call) -> tuple[Draft, ...]:
    """Keras' and PyTorch's function has the slope 1/6, ONNX's default is 0.2."""
    return _draft(call, _hard_sigmoid(float(call.get("alpha", 0.2)), float(call.get("beta", 0.5))))


def _hard_sigmoid(slope: float, shift: float) -> Function:
    usual = isclose(slope, 1 / 6, rel_tol=1e-6) and shift == 0.5
    return {"function": "hard_sigmoid"} | ({} if usual else {"alpha": slope, "beta": shift})


def _onnx_softmax(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        # Until opset 12 the default was axis 1, and the input was flattened to two axes there.
        old = call.get("__opset__", 13) < 13
        axis = _flattened(call.shape(), call.get("axis", 1)) if old else call.get("axis", -1)
        return _draft(call, {"function": function, "axis": axis}) if axis is not None else ()

    return spell


def _flattened(shape: Shape | None, axis: int) -> int | None:
    """The one axis along which a function of all axes from the given one on works, or None if they are several."""
    if shape is None or not -len(shape) <= axis < len(shape):
        return axis if axis == -1 else None
    axis %= len(shape)
    wide = [at for at in range(axis, len(shape)) if shape[at] != 1]
    return None if len(wide) > 1 else wide[0] if wide else axis


TORCH_MODULES = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softsign": "softsign",
    "SELU": "selu",
    "SiLU": "silu",
    "Mish": "mish",
    "Hardsigmoid": "hard_sigmoid",
    "Hardswish": "hard_silu",
    "LogSigmoid": "log_sigmoid",
    "Tanhshrink": "tanh_shrink",
}
ATEN = {"hardsigmoid": "hard_sigmoid", "hardswish": "hard_silu", "log_sigmoid": "log_sigmoid"}
ONNX_OPERATORS = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softsign": "softsign",
    "Softplus": "softplus",
    "Mish": "mish",
    "Exp": "exp",
    "HardSwish": "hard_silu",
}
TORCH_BOTH: Mapping[str, tuple[str, Spelling]] = {
    "GELU": ("gelu", _gelu),
    "Softplus": ("softplus", _softplus),
    "Hardtanh": ("hardtanh", _between("min_val", "max_val", -1, 1)),
    "ELU": ("elu", _elu),
    "CELU": ("celu", _celu),
    "LeakyReLU": ("leaky_relu", _slope("leaky_relu", "negative_slope", "negative_slope", 0.01)),
    "Hardshrink": ("hardshrink", _slope("hard_shrink", "threshold", "lambd", SHRINK)),
    "Softshrink": ("softshrink", _slope("soft_shrink", "threshold", "lambd", SHRINK)),
    "Threshold": ("threshold", _threshold),
    "RReLU": ("rrelu", _rrelu),
    "Softmax": ("softmax", _axis("softmax", "dim")),
    "LogSoftmax": ("log_softmax", _axis("log_softmax", "dim")),
}
"""Modules, and the ATen operators with the same settings."""


def with_optimised(spell: Spelling) -> Spelling:
    """An operator of ONNX with what onnxruntime's optimiser has moved into it: a sum, and the activation of that."""

    def spell_both(call: Call) -> tuple[Draft, ...]:
        drafts = spell(call)
        if len(drafts) != 1 or call.get("activation") is None:
            return _summed(drafts, call) if len(drafts) == 1 else ()
        function = _optimised(call)
        return _summed(fused(drafts[0], function), call) if function else ()

    return spell_both


def _summed(drafts: tuple[Draft, ...], call: Call) -> tuple[Draft, ...]:
    """The layer with the sum that comes before its activation, where the call has another term (``Z``)."""
    other = call.node.inputs.get("Z")
    if other is None:
        return drafts
    head, *rest = drafts
    before = f"{head.outputs[0]}:before-sum"
    total = Draft("elementwise", {"function": "add"}, (before, other), head.outputs, part="sum")
    return replace(head, outputs=(before, *head.outputs[1:])), total, *rest


def _optimised(call: Call) -> Function | None:
    name, settings = call.get("activation"), call.get("activation_params") or ()
    given = (call.get("activation_alpha"), call.get("activation_beta"))
    settings = settings or tuple(float(each) for each in given if each is not None)
    if name in ONNX_OPERATORS:
        return {"function": ONNX_OPERATORS[name]}
    if name == "LeakyRelu" and len(settings) == 1:
        return {"function": "leaky_relu", "negative_slope": settings[0]}
    if name == "Elu" and len(settings) == 1:
        return {"function": "elu", "alpha": settings[0]}
    if name == "HardSigmoid" and len(settings) == 2:
        return _hard_sigmoid(*settings)
    return clipped(*settings) if name == "Clip" and len(settings) == 2 else None


PARAMETERS = ("negative_slope", "alpha", "beta", "approximate", "threshold", "value", "low", "high")

KIND = Kind(
    "activation",
    attributes={
        "function": Attribute(),
        "axis": Attribute(is_axis=True),
        **{name: Attribute(Effect.INFERENCE) for name in PARAMETERS},
        **ALWAYS,
        **COMPARED,
    },
    roles=ROLES,
    makes=True,
    compute=later(__package__, "activation"),
    spellings={
        ("keras", "Activation"): _keras_activation,
        **{("keras", name): _by_settings(KERAS_LAYERS, name) for name in KERAS_LAYERS},
        ("keras", "ReLU"): _keras_relu,
        ("keras", "Softmax"): under_mask(_by_settings(KERAS_LAYERS, "Softmax")),
        **{("keras.ops", name): _by_settings(KERAS_OPERATIONS, name) for name in KERAS_OPERATIONS},
        ("keras.ops", "Clip"): _between("x_min", "x_max"),
        **{("torch.nn", name): _constant(function) for name, function in TORCH_MODULES.items()},
        **{("torch.nn", name): spell for name, (_, spell) in TORCH_BOTH.items()},
        ("torch.nn", "Softmin"): _softmin,
        ("torch.nn", "Softmax2d"): lambda call: _draft(call, {"function": "softmax", "axis": -3}),
        **{("aten", name): _constant(name) for name in PLAIN if name != "softplus"},
        **{("aten", name): _constant(function) for name, function in ATEN.items()},
        **{("aten", name): spell for name, spell in TORCH_BOTH.values()},
        ("aten", "clamp"): _between("min", "max"),
        ("aten", "clamp_min"): _between("min", "max"),
        ("aten", "clamp_max"): _between("min", "max"),
        ("aten", "_softmax"): _axis("softmax", "dim"),
        ("aten", "_log_softmax"): _axis("log_softmax", "dim"),
        **{("onnx", name): _constant(function) for name, function in ONNX_OPERATORS.items()},
        ("onnx", "Gelu"): _gelu,
        ("onnx", "Clip"): _between("min", "max"),
        ("onnx", "HardSigmoid"): _onnx_hard_sigmoid,
        ("onnx", "Elu"): _slope("elu", "alpha", "alpha", 1.0),
        ("onnx", "Celu"): _celu,
        ("onnx", "Selu"): lambda call: _selu(call, call.get("alpha", SELU[0]), call.get("gamma", SELU[1])),
        ("onnx", "LeakyRelu"): _slope("leaky_relu", "negative_slope", "alpha", 0.01),
        ("onnx", "ThresholdedRelu"): lambda call: _draft(call, threshold(call.get("alpha", 1.0), 0.0)),
        ("onnx", "Shrink"): _onnx_shrink,
        ("onnx", "Swish"): _onnx_swish,
        (MICROSOFT, "Gelu"): _gelu,
        (MICROSOFT, "BiasGelu"): lambda call: written_out(call, (Step("Add", {"A": "A", "B": "B"}, "sum"), EXACT)),
        (MICROSOFT, "FastGelu"): _fast_gelu,
        (MICROSOFT, "QuickGelu"): lambda call: _onnx_swish(call, QUICK),
        ("onnx", "Softmax"): _onnx_softmax("softmax"),
        ("onnx", "LogSoftmax"): _onnx_softmax("log_softmax"),
        ("onnx", "Hardmax"): _onnx_softmax("hardmax"),
    },
)
