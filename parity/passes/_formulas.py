"""What layers without weights compute, in numpy: the kinds that graphs of numbers have, and those that models have.

Formulas are those of the operators' documents (PyTorch, ONNX, Keras), which agree where they have the operator.
"""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from parity.kinds import CHANNELS_LAST, CHANNELS_OUTSIDE, SELU
from parity.passes._known import KINDS, Arrays, Settings

Formula = Callable[..., Any]


def _sigmoid(np: Any, x: Any) -> Any:
    powers = np.exp(-np.abs(x))
    return np.where(x < 0, powers, 1.0) / (1 + powers)


def _softplus(np: Any, x: Any) -> Any:
    return np.logaddexp(0, x)


def _softmax(np: Any, x: Any, axis: int) -> Any:
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _elu(np: Any, x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _beyond(np: Any, x: Any, limit: float, moved: float) -> Any:
    """Shrinking: what is beyond a limit on either side, moved towards 0."""
    return np.where(x > limit, x - moved, np.where(x < -limit, x + moved, 0.0))


ACTIVATIONS: Mapping[str, Formula] = {
    "relu": lambda np, x, _: np.maximum(x, 0),
    "relu6": lambda np, x, _: np.clip(x, 0, 6),
    "clip": lambda np, x, given: np.clip(x, given["low"], given["high"]),
    "sigmoid": lambda np, x, _: _sigmoid(np, x),
    "tanh": lambda np, x, _: np.tanh(x),
    "exp": lambda np, x, _: np.exp(x),
    "softplus": lambda np, x, given: _softplus(np, given.get("beta", 1.0) * x) / given.get("beta", 1.0),
    "log_sigmoid": lambda np, x, _: -_softplus(np, -x),
    "silu": lambda np, x, given: x * _sigmoid(np, given.get("beta", 1.0) * x),
    "mish": lambda np, x, _: x * np.tanh(_softplus(np, x)),
    "leaky_relu": lambda np, x, given: np.where(x > 0, x, given["negative_slope"] * x),
    "elu": lambda np, x, given: _elu(np, x, given["alpha"]),
    "celu": lambda np, x, given: given["alpha"] * _elu(np, x / given["alpha"], 1.0),
    "selu": lambda np, x, _: SELU[1] * _elu(np, x, SELU[0]),
    "hard_sigmoid": lambda np, x, given: np.clip(given.get("alpha", 1 / 6) * x + given.get("beta", 0.5), 0, 1),
    "hard_silu": lambda np, x, _: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_shrink": lambda np, x, given: _beyond(np, x, given["threshold"], 0.0),
    "soft_shrink": lambda np, x, given: _beyond(np, x, given["threshold"], given["threshold"]),
    "threshold": lambda np, x, given: np.where(x > given["threshold"], x, given["value"]),
    "squareplus": lambda np, x, given: (x + np.sqrt(x * x + given["beta"])) / 2,
    "sparse_plus": lambda np, x, _: np.where(x <= -1, 0.0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda np, x, _: np.clip((x + 1) / 2, 0, 1),
    "softmax": lambda np, x, given: _softmax(np, x, given["axis"]),
    "log_softmax": lambda np, x, given: np.log(_softmax(np, x, given["axis"])),
}
"""Activations whose formula needs no special function."""


def _activated(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    return ACTIVATIONS[attributes["function"]](np, operands[0], attributes)


TWO: Mapping[str, Formula] = {"atan2": lambda np, x, y: np.arctan2(x, y), "hypot": lambda np, x, y: np.hypot(x, y)}
ONE: Mapping[str, Formula] = {
    "rsqrt": lambda np, x: 1 / np.sqrt(x),
    "log10": lambda np, x: np.log10(x),
    "tan": lambda np, x: np.tan(x),
    "asin": lambda np, x: np.arcsin(x),
    "acos": lambda np, x: np.arccos(x),
    "atan": lambda np, x: np.arctan(x),
    "sinh": lambda np, x: np.sinh(x),
    "cosh": lambda np, x: np.cosh(x),
}


def _elementwise(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    name = attributes["function"]
    if name == "average":
        return sum(operands) / len(operands)
    if len(operands) > 2 and name in SEVERAL:  # noqa: PLR2004  what two operands have besides
        return SEVERAL[name](np, operands)
    formula = ONE.get(name) or TWO.get(name)
    return formula(np, *operands) if formula else KINDS["elementwise"](np, attributes, operands, shape)


SEVERAL: Mapping[str, Formula] = {
    "add": lambda _, given: sum(given),
    "multiply": lambda _, given: prod(given),
    "maximum": lambda np, given: np.maximum.reduce(np.broadcast_arrays(*given)),
    "minimum": lambda np, given: np.minimum.reduce(np.broadcast_arrays(*given)),
}


def _norm(np: Any, x: Any, attributes: Settings, axes: Any) -> Any:
    order = attributes["order"]
    return (np.abs(x) ** order).sum(axis=axes, keepdims=True) ** (1 / order)


REDUCED: Mapping[str, Formula] = {
    "variance": lambda _, x, given, axes: x.var(axis=axes, ddof=given["correction"], keepdims=True),
    "deviation": lambda _, x, given, axes: x.std(axis=axes, ddof=given["correction"], keepdims=True),
    "norm": _norm,
    "sum_square": lambda _, x, __, axes: (x * x).sum(axis=axes, keepdims=True),
    "logsumexp": lambda np, x, _, axes: np.log(np.exp(x - x.max()).sum(axis=axes, keepdims=True)) + x.max(),
    "argmax": lambda np, x, _, axes: np.argmax(x, axis=_one(axes), keepdims=True),
    "argmin": lambda np, x, _, axes: np.argmin(x, axis=_one(axes), keepdims=True),
}


def _one(axes: Any) -> int | None:
    """The one axis of a search.

    Raises:
        ValueError: there are several.
    """
    if axes is not None and len(axes) != 1:
        raise ValueError(axes)
    return axes[0] if axes is not None else None


def _reduced(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    formula = REDUCED.get(attributes["function"])
    if formula is None:
        return KINDS["reduce"](np, attributes, operands, shape)
    return formula(np, operands[0], attributes, attributes["axes"]).reshape(shape)


def _pooled(_: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    """A mean over all axes that are gone, or of one element, in what comes out."""
    last = attributes["data_format"] == CHANNELS_LAST
    axes = tuple(range(1, operands[0].ndim - 1) if last else range(2, operands[0].ndim))
    return operands[0].mean(axis=axes, keepdims=True).reshape(shape)


def _adapted(np: Any, _: Settings, operands: Arrays, shape: Any) -> Any:
    """Window n of N runs from floor(n * size / N) to ceil((n + 1) * size / N), as PyTorch spreads them."""
    array = operands[0]
    for axis in range(2, array.ndim):
        size, count = array.shape[axis], shape[axis]
        windows = [slice(at * size // count, -(-(at + 1) * size // count)) for at in range(count)]
        parts = [array[(slice(None),) * axis + (each,)].mean(axis=axis, keepdims=True) for each in windows]
        array = np.concatenate(parts, axis=axis)
    return array


def _padded(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    amounts = attributes["amounts"]
    cut = tuple(slice(max(-a, 0), size - max(-b, 0)) for (a, b), size in zip(amounts, operands[0].shape, strict=True))
    more = [(max(a, 0), max(b, 0)) for a, b in amounts]
    mode = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[attributes["mode"]]
    filled = {"constant_values": attributes["value"]} if mode == "constant" else {}
    return np.pad(operands[0][cut], more, mode=mode, **filled)


def _rolled(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    return np.roll(operands[0], attributes["shifts"], axis=attributes["axes"])


def _first(attributes: Settings) -> None:
    """Formulas of images here are for channels first.

    Raises:
        ValueError: they come last.
    """
    if attributes["data_format"] == CHANNELS_LAST:
        raise ValueError(attributes)


def _to_depth(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    _first(attributes)
    block, (batch, channels, height, width) = attributes["block"], operands[0].shape
    parts = operands[0].reshape(batch, channels, height // block, block, width // block, block)
    order = (0, 1, 3, 5, 2, 4) if attributes["order"] == CHANNELS_OUTSIDE else (0, 3, 5, 1, 2, 4)
    return np.transpose(parts, order).reshape(shape)


def _to_space(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    _first(attributes)
    block, (batch, channels, height, width) = attributes["block"], operands[0].shape
    fewer = channels // block**2
    outer = attributes["order"] == CHANNELS_OUTSIDE
    parts = operands[0].reshape(batch, *((fewer, block, block) if outer else (block, block, fewer)), height, width)
    return np.transpose(parts, (0, 1, 4, 2, 5, 3) if outer else (0, 3, 4, 1, 5, 2)).reshape(shape)


def _shuffled(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    axis, groups = attributes["axis"] % operands[0].ndim, attributes["groups"]
    before, size, after = shape[:axis], shape[axis], shape[axis + 1 :]
    parts = operands[0].reshape(*before, groups, size // groups, *after)
    return np.swapaxes(parts, axis, axis + 1).reshape(shape)


def _unfolded(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    (high, wide), strides, (down, right) = (attributes[name] for name in ("kernel_size", "strides", "dilation"))
    image = np.pad(operands[0], [(0, 0), (0, 0), *attributes["padding"]])
    rows = (image.shape[2] - down * (high - 1) - 1) // strides[0] + 1
    columns = (image.shape[3] - right * (wide - 1) - 1) // strides[1] + 1
    parts = [
        image[:, :, y : y + strides[0] * rows : strides[0], x : x + strides[1] * columns : strides[1]]
        for y in range(0, down * high, down)
        for x in range(0, right * wide, right)
    ]
    return np.stack(parts, axis=2).reshape(shape)


def _hot(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    if attributes["axis"] != -1:
        raise ValueError(attributes)
    here = operands[0][..., None] == np.arange(attributes["depth"])
    return np.where(here, attributes["on"], attributes["off"])


def _apart(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    """The cosine: a product of two vectors, each of them divided by its norm, which is at least epsilon."""
    if attributes["function"] != "cosine":
        raise ValueError(attributes)
    x, y = np.broadcast_arrays(*operands)
    axis, epsilon = attributes["axis"], attributes["epsilon"]
    norms = [np.maximum(np.sqrt((each * each).sum(axis=axis)), epsilon) for each in (x, y)]
    return ((x * y).sum(axis=axis) / (norms[0] * norms[1])).reshape(shape)


def _of_norm_one(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    axes = tuple(attributes["axes"])
    return operands[0] / np.maximum(_norm(np, operands[0], attributes, axes), attributes["epsilon"])


def _multiplied(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    return np.einsum(attributes["equation"], *operands)


def _cast(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    """To a type that numpy has: what another one rounds off is not known.

    Raises:
        ValueError: it has none.
    """
    if attributes["to"] == "bfloat16":
        raise ValueError(attributes)
    return KINDS["cast"](np, attributes, operands, shape)


FORMULAS: Mapping[str, Formula] = {
    **KINDS,
    "cast": _cast,
    "activation": _activated,
    "elementwise": _elementwise,
    "reduce": _reduced,
    "global_average_pool": _pooled,
    "adaptive_average_pool": _adapted,
    "pad": _padded,
    "roll": _rolled,
    "space_to_depth": _to_depth,
    "depth_to_space": _to_space,
    "channel_shuffle": _shuffled,
    "unfold": _unfolded,
    "one_hot": _hot,
    "distance": _apart,
    "unit_norm": _of_norm_one,
    "einsum": _multiplied,
}
"""How to compute a layer without weights, by kind."""
