"""Non-linearities in common terms, and what Keras calls them as layers and as strings."""

from collections.abc import Callable, Mapping
from typing import Any

Function = dict[str, Any]
Settings = Mapping[str, Any]

KERAS_LEAKY_SLOPE = 0.2
"""Slope of the string form ``activation="leaky_relu"``."""

KERAS_LAYER_SLOPE = 0.3
"""Slope of the layer LeakyReLU."""

PLAIN = ("relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "selu", "silu", "mish", "exp")
"""Functions without parameters that Keras, ``torch.nn.functional`` and ATen call by the same name."""

SHRINK = 0.5
"""Keras' and PyTorch's threshold of the shrinking functions."""

SQUAREPLUS = 4.0

GLU = "glu"

KERAS: Mapping[str, Function] = {
    **{name: {"function": name} for name in (*PLAIN, "hard_sigmoid", "hard_silu", "log_sigmoid", "tanh_shrink")},
    **{name: {"function": name} for name in ("sparse_plus", "sparse_sigmoid")},
    "keras2.hard_sigmoid": {"function": "hard_sigmoid", "alpha": 0.2, "beta": 0.5},
    "exponential": {"function": "exp"},
    "swish": {"function": "silu"},
    "hard_swish": {"function": "hard_silu"},
    "elu": {"function": "elu", "alpha": 1.0},
    "celu": {"function": "elu", "alpha": 1.0},
    "gelu": {"function": "gelu", "approximate": "none"},
    "glu": {"function": GLU, "axis": -1},
    "hard_shrink": {"function": "hard_shrink", "threshold": SHRINK},
    "hard_tanh": {"function": "clip", "low": -1.0, "high": 1.0},
    "leaky_relu": {"function": "leaky_relu", "negative_slope": KERAS_LEAKY_SLOPE},
    "log_softmax": {"function": "log_softmax", "axis": -1},
    "soft_shrink": {"function": "soft_shrink", "threshold": SHRINK},
    "softmax": {"function": "softmax", "axis": -1},
    "sparsemax": {"function": "sparsemax", "axis": -1},
    "squareplus": {"function": "squareplus", "beta": SQUAREPLUS},
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


LARGEST = 3.4028234e38
"""The largest number of single precision, and the default bounds of ONNX's Clip until opset 10: no bounds at all."""


def clipped(low: Any, high: Any) -> Function | None:
    """Between two bounds, either of which may be missing; with 0 and 6 it has names of its own."""
    low, high = (None if bound is None or abs(bound) >= LARGEST else float(bound) for bound in (low, high))
    if low == 0 and high is None:
        return {"function": "relu"}
    if (low, high) == (0, 6):
        return {"function": "relu6"}
    return None if low is None and high is None else {"function": "clip", "low": low, "high": high}


def threshold(limit: Any, value: Any) -> Function:
    """What is above a limit, and ``value`` for what is not."""
    limit, value = float(limit), float(value)
    return (
        {"function": "relu"} if limit == value == 0 else {"function": "threshold", "threshold": limit, "value": value}
    )


def celu(alpha: Any) -> Function:
    """It differs from ELU by what it divides its input by, and not at all for 1."""
    return {"function": "elu" if alpha == 1 else "celu", "alpha": float(alpha)}


def _relu(config: Settings) -> Function | None:
    limit, slope, high = (config.get(name) or 0.0 for name in ("threshold", "negative_slope", "max_value"))
    bounded = config.get("max_value") is not None
    if limit:
        return threshold(limit, 0.0) if not slope and not bounded else None
    if slope:
        return None if bounded else {"function": "leaky_relu", "negative_slope": float(slope)}
    return clipped(0.0, high if bounded else None)


def _slope(config: Settings) -> float:
    return float(config.get("negative_slope", config.get("alpha", KERAS_LAYER_SLOPE)))  # alpha in Keras 2


def _softmax(config: Settings) -> Function | None:
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    return {"function": "softmax", "axis": axis} if isinstance(axis, int) else None


KERAS_LAYERS: Mapping[str, Callable[[Settings], Function | None]] = {
    "ReLU": _relu,
    "LeakyReLU": lambda config: {"function": "leaky_relu", "negative_slope": _slope(config)},
    "ELU": lambda config: {"function": "elu", "alpha": float(config.get("alpha", 1.0))},
    "Softmax": _softmax,
    "GELU": lambda config: {"function": "gelu", "approximate": "tanh" if config.get("approximate") else "none"},
    "ThresholdedReLU": lambda config: threshold(config.get("theta", 1.0), 0.0),
}
"""Layers of Keras that do nothing but apply a function; other layers take them as their activation too."""


def _plain(name: str) -> Callable[[Settings], Function]:
    return lambda _: {"function": name}


def _with(name: str, ours: str, theirs: str, default: float) -> Callable[[Settings], Function]:
    return lambda config: {"function": name, ours: float(config.get(theirs, default))}


def _along(name: str) -> Callable[[Settings], Function | None]:
    return lambda config: {"function": name, "axis": axis} if type(axis := config.get("axis", -1)) is int else None


KERAS_OPERATIONS: Mapping[str, Callable[[Settings], Function | None]] = {
    **{
        name: _plain(function)
        for name, function in {
            "Relu": "relu",
            "Relu6": "relu6",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "Softplus": "softplus",
            "Silu": "silu",
            "Exp": "exp",
            "HardSigmoid": "hard_sigmoid",
            "HardSilu": "hard_silu",
            "Selu": "selu",
            "LogSigmoid": "log_sigmoid",
            "Softsign": "softsign",
            "Mish": "mish",
            "SparsePlus": "sparse_plus",
            "SparseSigmoid": "sparse_sigmoid",
            "TanhShrink": "tanh_shrink",
        }.items()
    },
    **{name: _along(function) for name, function in (("Softmax", "softmax"), ("LogSoftmax", "log_softmax"))},
    **{name: _along(function) for name, function in (("Sparsemax", "sparsemax"), ("Glu", GLU))},
    "Celu": lambda config: celu(config.get("alpha", 1.0)),
    "Elu": _with("elu", "alpha", "alpha", 1.0),
    "Gelu": lambda config: {"function": "gelu", "approximate": "tanh" if config.get("approximate", True) else "none"},
    "HardShrink": _with("hard_shrink", "threshold", "threshold", SHRINK),
    "SoftShrink": _with("soft_shrink", "threshold", "threshold", SHRINK),
    "HardTanh": lambda _: clipped(-1, 1),
    "LeakyRelu": _with("leaky_relu", "negative_slope", "negative_slope", KERAS_LEAKY_SLOPE),
    "Squareplus": _with("squareplus", "beta", "b", SQUAREPLUS),
    "Threshold": lambda config: threshold(config["threshold"], config["default_value"]),
}
"""Operations of ``keras.ops``."""
