"""An element-wise non-linearity, or softmax; also what other layers apply to their own output."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling

Function = dict[str, Any]

KERAS_LEAKY_SLOPE = 0.2
"""Slope of the string form ``activation="leaky_relu"``; the layer LeakyReLU has 0.3."""

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

    An activation that is no string of Keras' own becomes ``{"function": "custom:..."}``.
    """
    if config is None or config == "linear":
        return None
    if isinstance(config, str):
        return dict(KERAS.get(config, {"function": f"custom:{config}"}))
    name = config.get("config") if isinstance(config, Mapping) else None
    if isinstance(name, Mapping):
        return {"function": f"custom:{config['class_name']}"}
    return keras_function(name) if name in KERAS else {"function": f"custom:{name}"}


def fused(draft: Draft, function: Function | None) -> tuple[Draft, ...]:
    """A layer followed by the activation that its framework keeps inside it."""
    if function is None:
        return (draft,)
    if not draft.outputs:
        return draft, Draft("activation", function, (), (), part="activation")
    between = f"{draft.outputs[0]}:before-activation"
    head = replace(draft, outputs=(between, *draft.outputs[1:]))
    return head, Draft("activation", function, (between,), draft.outputs[:1], part="activation")


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
    return _draft(call, {"function": "gelu", "approximate": call.get("approximate", "none")})


def _keras_activation(call: Call) -> tuple[Draft, ...]:
    function = keras_function(call.get("activation"))
    if function is None:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    return _draft(call, function)


def _keras_relu(call: Call) -> tuple[Draft, ...]:
    slope, ceiling, floor = call.get("negative_slope") or 0.0, call.get("max_value"), call.get("threshold") or 0.0
    if floor:
        return ()
    if ceiling is None:
        return _draft(
            call, {"function": "leaky_relu", "negative_slope": float(slope)} if slope else {"function": "relu"}
        )
    return _draft(call, {"function": "relu6"}) if ceiling == 6 and not slope else ()  # noqa: PLR2004


def _keras_gelu(call: Call) -> tuple[Draft, ...]:
    return _draft(call, {"function": "gelu", "approximate": "tanh" if call.get("approximate") else "none"})


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
        ("keras", "ReLU"): _keras_relu,
        ("keras", "LeakyReLU"): _slope("leaky_relu", "negative_slope", "negative_slope", 0.3),
        ("keras", "ELU"): _slope("elu", "alpha", "alpha", 1.0),
        ("keras", "Softmax"): _axis("softmax", "axis", default=-1),
        ("keras", "GELU"): _keras_gelu,
        **{("torch.nn", name): _constant(function) for name, function in TORCH_MODULES.items()},
        ("torch.nn", "GELU"): _gelu,
        ("torch.nn", "ELU"): _slope("elu", "alpha", "alpha", 1.0),
        ("torch.nn", "LeakyReLU"): _slope("leaky_relu", "negative_slope", "negative_slope", 0.01),
        ("torch.nn", "Softmax"): _axis("softmax", "dim"),
        ("torch.nn", "LogSoftmax"): _axis("log_softmax", "dim"),
        **{("aten", name): _constant(name) for name in PLAIN if name != "softplus"},
        ("aten", "hardsigmoid"): _constant("hard_sigmoid"),
        ("aten", "hardswish"): _constant("hard_silu"),
        ("aten", "gelu"): _gelu,
        ("aten", "elu"): _slope("elu", "alpha", "alpha", 1.0),
        ("aten", "leaky_relu"): _slope("leaky_relu", "negative_slope", "negative_slope", 0.01),
        ("aten", "softmax"): _axis("softmax", "dim"),
        ("aten", "_softmax"): _axis("softmax", "dim"),
        ("aten", "log_softmax"): _axis("log_softmax", "dim"),
        **{("onnx", name): _constant(function) for name, function in ONNX_OPERATORS.items()},
        ("onnx", "Gelu"): _gelu,
        ("onnx", "Elu"): _slope("elu", "alpha", "alpha", 1.0),
        ("onnx", "LeakyRelu"): _slope("leaky_relu", "negative_slope", "alpha", 0.01),
        ("onnx", "Softmax"): _onnx_softmax("softmax"),
        ("onnx", "LogSoftmax"): _onnx_softmax("log_softmax"),
    },
)
