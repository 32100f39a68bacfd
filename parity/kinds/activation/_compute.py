"""What activations compute.

Sources: https://keras.io/api/layers/activations and https://docs.pytorch.org/docs/stable/nn.functional.html,
which agree where they have the same function; https://arxiv.org/abs/1602.02068 for sparsemax.
"""

from collections.abc import Callable, Mapping
from math import pi, sqrt
from typing import Any

import numpy as np

from parity.kinds._erf import erf
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds.activation.activation import SELU

Settings = Mapping[str, Any]
Function = Callable[[Array, Settings], Array]


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    powers = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, powers, 1.0) / (1 + powers))


def softplus(x: Array) -> Array:
    """log(1 + exp(x))."""
    return np.logaddexp(0, x)


def softmax(x: Array, axis: int) -> Array:
    """exp(x) as a share of its sum along an axis."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _log_softmax(x: Array, axis: int) -> Array:
    shifted = x - x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def _hardmax(x: Array, axis: int) -> Array:
    """1 at the first largest element of an axis, 0 elsewhere."""
    places = np.argmax(x, axis=axis, keepdims=True)
    made = np.zeros(x.shape)
    np.put_along_axis(made, places, 1.0, axis=axis)
    return made


def _sparsemax(x: Array, axis: int) -> Array:
    """What Keras computes: its limit has the sum of all running totals in it, where the paper has the last of them."""
    ordered = np.flip(np.sort(x, axis=axis), axis=axis)
    counts = np.arange(1, x.shape[axis] + 1).reshape([-1 if at == axis % x.ndim else 1 for at in range(x.ndim)])
    totals = np.cumsum(ordered, axis=axis)
    inside = ordered - (totals - 1) / counts > 0
    limit = (np.where(inside, totals, 0.0).sum(axis=axis, keepdims=True) - 1) / inside.sum(axis=axis, keepdims=True)
    return np.asarray(np.maximum(x - limit, 0))


def _elu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def gelu(x: Array, approximate: str) -> Array:
    """X times the normal distribution function of x, or the approximation of that by tanh."""
    if approximate == "tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))))
    return np.asarray(0.5 * x * (1 + erf(x / sqrt(2))))


def _beyond(x: Array, limit: float, moved: float) -> Array:
    """Shrinking: what is beyond a limit on either side, moved towards 0."""
    return np.where(x > limit, x - moved, np.where(x < -limit, x + moved, np.where(np.isnan(x), x, 0.0)))


FUNCTIONS: Mapping[str, Function] = {
    "linear": lambda x, _: x,
    "relu": lambda x, _: np.maximum(x, 0),
    "relu6": lambda x, _: np.clip(x, 0, 6),
    "clip": lambda x, told: np.clip(x, told["low"], told["high"]),
    "sigmoid": lambda x, _: sigmoid(x),
    "tanh": lambda x, _: np.tanh(x),
    "exp": lambda x, _: np.exp(x),
    "softplus": lambda x, told: softplus(told.get("beta", 1.0) * x) / told.get("beta", 1.0),
    "softsign": lambda x, _: x / (1 + np.abs(x)),
    "tanh_shrink": lambda x, _: x - np.tanh(x),
    "log_sigmoid": lambda x, _: -softplus(-x),
    "silu": lambda x, told: x * sigmoid(told.get("beta", 1.0) * x),
    "mish": lambda x, _: x * np.tanh(softplus(x)),
    "gelu": lambda x, told: gelu(x, told.get("approximate", "none")),
    "leaky_relu": lambda x, told: np.where(x > 0, x, told["negative_slope"] * x),
    "rrelu": lambda x, told: np.where(x > 0, x, (told["low"] + told["high"]) / 2 * x),
    "elu": lambda x, told: _elu(x, told["alpha"]),
    "celu": lambda x, told: told["alpha"] * _elu(x / told["alpha"], 1.0),
    "selu": lambda x, _: SELU[1] * _elu(x, SELU[0]),
    "hard_sigmoid": lambda x, told: np.clip(told.get("alpha", 1 / 6) * x + told.get("beta", 0.5), 0, 1),
    "hard_silu": lambda x, _: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_shrink": lambda x, told: _beyond(x, told["threshold"], 0.0),
    "soft_shrink": lambda x, told: _beyond(x, told["threshold"], told["threshold"]),
    "threshold": lambda x, told: np.where(x > told["threshold"], x, told["value"]),
    "squareplus": lambda x, told: (x + np.sqrt(x * x + told["beta"])) / 2,
    "sparse_plus": lambda x, _: np.where(x <= -1, 0.0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x, _: np.clip((x + 1) / 2, 0, 1),
    "softmax": lambda x, told: softmax(x, told["axis"]),
    "log_softmax": lambda x, told: _log_softmax(x, told["axis"]),
    "hardmax": lambda x, told: _hardmax(x, told["axis"]),
    "sparsemax": lambda x, told: _sparsemax(x, told["axis"]),
}
"""By the name in ``activation.function``."""


def activated(x: Array, function: str, settings: Settings) -> Array:
    """A function of the table.

    Raises:
        Uncomputable: it is in none.
    """
    if function not in FUNCTIONS:
        raise Uncomputable(f"parity has no formula for the activation {function!r}")
    return np.asarray(FUNCTIONS[function](x, settings))


def activation(given: Given) -> tuple[Array, ...]:
    """An element-wise non-linearity, or softmax."""
    if given.attributes.get("always"):
        raise Uncomputable("it draws random numbers in inference, too")
    return (activated(given.operand(), given.attributes["function"], given.attributes),)


def glu(given: Given) -> tuple[Array, ...]:
    """The first half of an axis times the sigmoid of the second."""
    kept, gate = np.split(given.inputs[0], 2, axis=given.attributes["axis"])
    return (kept * sigmoid(gate),)


def prelu(given: Given) -> tuple[Array, ...]:
    """What is negative times a weight, which is laid along its axes."""
    x, axes = given.inputs[0], given.attributes["axes"]
    if not all(isinstance(axis, int) for axis in axes):
        raise Uncomputable("the axis of its slopes is not known")
    alpha = given.raw("alpha")
    if len(axes) == 1:
        alpha = alpha.reshape(-1, *(1,) * (-axes[0] - 1 if axes[0] < 0 else x.ndim - 1 - axes[0]))
    elif not axes:
        alpha = alpha.reshape(())
    return (np.where(x > 0, x, alpha * x),)
