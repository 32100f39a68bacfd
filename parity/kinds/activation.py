"""An element-wise non-linearity, or softmax; also what other layers apply to their own output."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isclose
from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling

Function = dict[str, Any]

KERAS_LEAKY_SLOPE = 0.2
"""Slope of the string form ``activation="leaky_relu"``."""

KERAS_LAYER_SLOPE = 0.3
"""Slope of the layer LeakyReLU."""

PLAIN = ("relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "selu", "silu", "mish", "exp")
"""Functions without parameters that Keras, ``torch.nn.functional`` and ATen call by the same name."""

KERAS: Mapping[str, Function] = {
    **{name: {"function": name} for name in (*PLAIN, "hard_sigmoid", "hard_silu")},
    "exponential": {"function": "exp"},
    "swish": {"function": "silu"},
    "hard_swish": {"function": "hard_silu"},
    "elu": {"function": "elu", "alpha": 1.0},
    "celu": {"function": "celu", "alpha": 1.0},
    "gelu": {"function": "gelu", "approximate": "none"},
    "leaky_relu": {"function": "leaky_relu", "negative_slope": KERAS_LEAKY_SLOPE},
    "softmax": {"function": "softmax", "axis": -1},
    "log_softmax": {"function": "log_softmax", "axis": -1},
}


def keras_function(config: Any) -> Function | None:
    """Attributes of an activation as a Keras config names it; None for ``linear``.

    An activation that is not Keras' own becomes ``{"function": "custom:..."}``.
    """
    if config is None or config == "linear":
        return None
    if isinstance(config, str):
        return dict(KERAS[config]) if config in KERAS else _custom(config)
    if not isinstance(config, Mapping):
        return _custom(type(config).__name__)
    name, inner = str(config.get("class_name")), config.get("config")
    own = str(config.get("module") or "keras").partition(".")[0] == "keras"
    if isinstance(inner, Mapping):
        found = KERAS_LAYERS[name](inner) if own and name in KERAS_LAYERS else None
        return found or _custom(name)
    return keras_function(inner) if own and isinstance(inner, str) else _custom(inner or name)


def _custom(name: Any) -> Function:
    return {"function": f"custom:{name}"}


def fused(draft: Draft, function: Function | None) -> tuple[Draft, ...]:
    """A layer followed by the activation that its framework keeps inside it."""
    if function is None:
        return (draft,)
    if not draft.outputs:
        return draft, _applied(function, (), (), part="activation")
    between = f"{draft.outputs[0]}:before-activation"
    head = replace(draft, outputs=(between, *draft.outputs[1:]))
    return head, _applied(function, (between,), draft.outputs[:1], part="activation")


def _applied(function: Function, inputs: tuple[str, ...], outputs: tuple[str, ...], part: str = "") -> Draft:
    """A function of the user's own is opaque: two of one name need not be the same."""
    name = function["function"]
    if not name.startswith("custom:"):
        return Draft("activation", function, inputs, outputs, part=part)
    settings = {"__module__": "", "activation": name.removeprefix("custom:")}
    return Draft("opaque", {"operator": "keras.Activation", "settings": settings}, inputs, outputs, part=part)


def _draft(call: Call, function: Function) -> tuple[Draft, ...]:
    return (Draft("activation", function, call.inputs[:1], call.outputs[:1]),)


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
    return (_applied(function, call.inputs[:1], call.outputs[:1]),)


def _keras_relu(config: Mapping[str, Any]) -> Function | None:
    if config.get("threshold"):
        return None
    return _clipped(config.get("negative_slope") or 0.0, config.get("max_value"))


def _clipped(slope: float, ceiling: float | None) -> Function | None:
    if ceiling is None:
        return {"function": "leaky_relu", "negative_slope": float(slope)} if slope else {"function": "relu"}
    return {"function": "relu6"} if ceiling == 6 and not slope else None  # noqa: PLR2004


def _keras_softmax(config: Mapping[str, Any]) -> Function | None:
    axis = config.get("axis", -1)
    return {"function": "softmax", "axis": axis} if isinstance(axis, int) else None


def _keras_gelu(config: Mapping[str, Any]) -> Function:
    return {"function": "gelu", "approximate": "tanh" if config.get("approximate") else "none"}


KERAS_LAYERS: Mapping[str, Callable[[Mapping[str, Any]], Function | None]] = {
    "ReLU": _keras_relu,
    "LeakyReLU": lambda config: {"function": "leaky_relu", "negative_slope": float(_keras_slope(config))},
    "ELU": lambda config: {"function": "elu", "alpha": float(config.get("alpha", 1.0))},
    "Softmax": _keras_softmax,
    "GELU": _keras_gelu,
}
"""Layers of Keras that do nothing but apply a function; other layers take them as their activation too."""


def _keras_slope(config: Mapping[str, Any]) -> Any:
    return config.get("negative_slope", config.get("alpha", KERAS_LAYER_SLOPE))  # alpha in Keras 2


def _keras_layer(name: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        function = KERAS_LAYERS[name](call.node.attributes)
        return _draft(call, function) if function is not None else ()

    return spell


def _elu(call: Call) -> tuple[Draft, ...]:
    """ATen's operator is that of SELU too, with scales that ELU does not have."""
    plain = call.get("scale", 1) == call.get("input_scale", 1) == 1
    return _slope("elu", "alpha", "alpha", 1.0)(call) if plain else ()


def _softplus(call: Call) -> tuple[Draft, ...]:
    """PyTorch turns to the identity above a threshold, by default where the difference is nil."""
    plain = call.get("beta", 1) == 1 and call.get("threshold", 20) >= 20  # noqa: PLR2004
    return _draft(call, {"function": "softplus"}) if plain else ()


def _between(low: str, high: str) -> Spelling:
    """Clipping between two bounds: ReLU and ReLU6 as exporters write them."""

    def spell(call: Call) -> tuple[Draft, ...]:
        bounds = call.get(low), call.get(high)
        given = not {low, high}.intersection((*call.node.inputs, *call.node.weights))
        function = _clipped(0.0, bounds[1]) if given and bounds[0] == 0 else None
        return _draft(call, function) if function is not None else ()

    return spell


def _onnx_hard_sigmoid(call: Call) -> tuple[Draft, ...]:
    """Keras' and PyTorch's function has the slope 1/6, ONNX's default is 0.2."""
    plain = isclose(call.get("alpha", 0.2), 1 / 6, rel_tol=1e-6) and call.get("beta", 0.5) == 0.5  # noqa: PLR2004
    return _draft(call, {"function": "hard_sigmoid"}) if plain else ()


def _onnx_softmax(function: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        # Until opset 12 the default was axis 1, and the input was flattened to two axes there.
        old = call.get("__opset__", 13) < 13  # noqa: PLR2004
        shape = call.shape()
        axis = call.get("axis", 1 if old else -1)
        if old and (shape is None or axis not in {-1, len(shape) - 1}):
            return ()
        return _draft(call, {"function": function, "axis": axis})

    return spell


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
}
KERAS_OPERATIONS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Silu": "silu",
    "Exp": "exp",
}
ONNX_OPERATORS = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softsign": "softsign",
    "Softplus": "softplus",
    "Mish": "mish",
    "Exp": "exp",
    "Selu": "selu",
    "HardSwish": "hard_silu",
}

KIND = Kind(
    "activation",
    attributes={
        "function": Attribute(),
        "axis": Attribute(is_axis=True),
        "negative_slope": Attribute(Effect.INFERENCE),
        "alpha": Attribute(Effect.INFERENCE),
        "approximate": Attribute(Effect.INFERENCE),
    },
    spellings={
        ("keras", "Activation"): _keras_activation,
        **{("keras", name): _keras_layer(name) for name in KERAS_LAYERS},
        **{("keras.ops", name): _constant(function) for name, function in KERAS_OPERATIONS.items()},
        **{("torch.nn", name): _constant(function) for name, function in TORCH_MODULES.items()},
        ("torch.nn", "GELU"): _gelu,
        ("torch.nn", "Softplus"): _softplus,
        ("torch.nn", "Hardtanh"): _between("min_val", "max_val"),
        ("torch.nn", "ELU"): _slope("elu", "alpha", "alpha", 1.0),
        ("torch.nn", "LeakyReLU"): _slope("leaky_relu", "negative_slope", "negative_slope", 0.01),
        ("torch.nn", "Softmax"): _axis("softmax", "dim"),
        ("torch.nn", "LogSoftmax"): _axis("log_softmax", "dim"),
        **{("aten", name): _constant(name) for name in PLAIN if name != "softplus"},
        ("aten", "hardsigmoid"): _constant("hard_sigmoid"),
        ("aten", "hardswish"): _constant("hard_silu"),
        ("aten", "gelu"): _gelu,
        ("aten", "elu"): _elu,
        ("aten", "softplus"): _softplus,
        ("aten", "hardtanh"): _between("min_val", "max_val"),
        ("aten", "clamp"): _between("min", "max"),
        ("aten", "clamp_min"): _between("min", "max"),
        ("aten", "leaky_relu"): _slope("leaky_relu", "negative_slope", "negative_slope", 0.01),
        ("aten", "softmax"): _axis("softmax", "dim"),
        ("aten", "_softmax"): _axis("softmax", "dim"),
        ("aten", "log_softmax"): _axis("log_softmax", "dim"),
        **{("onnx", name): _constant(function) for name, function in ONNX_OPERATORS.items()},
        ("onnx", "Gelu"): _gelu,
        ("onnx", "Clip"): _between("min", "max"),
        ("onnx", "HardSigmoid"): _onnx_hard_sigmoid,
        ("onnx", "Elu"): _slope("elu", "alpha", "alpha", 1.0),
        ("onnx", "LeakyRelu"): _slope("leaky_relu", "negative_slope", "alpha", 0.01),
        ("onnx", "Softmax"): _onnx_softmax("softmax"),
        ("onnx", "LogSoftmax"): _onnx_softmax("log_softmax"),
    },
)
