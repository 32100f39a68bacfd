"""What normalisations compute in inference.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html, torch.nn.GroupNorm.html,
torch.nn.LayerNorm.html, torch.nn.RMSNorm.html, torch.nn.LocalResponseNorm.html, torch.nn.utils.parametrizations.
spectral_norm.html; https://keras.io/api/layers/normalization_layers; https://onnx.ai/onnx/operators/onnx__LRN.html.
"""

from collections.abc import Sequence

import numpy as np

from parity.graph import Unknown
from parity.kinds._given import Array, Given, Uncomputable, array
from parity.kinds.normalization.batch_norm import BATCH, MERGED

KERAS_EPSILON = 1e-7
"""What Keras' Normalization divides by at least."""


def _epsilon(given: Given) -> float:
    epsilon = given.attributes["epsilon"]
    if isinstance(epsilon, Unknown):
        raise Uncomputable(f"its epsilon is not known: {epsilon.reason}")
    return float(epsilon)


def _channels(given: Given) -> int:
    """The number of the axis of channels, from the front."""
    axis = given.attributes["axis"]
    rank = given.inputs[0].ndim
    if axis == "C":
        axis = 1
    if not isinstance(axis, int):
        raise Uncomputable("which axis its channels are is not known")
    return axis % rank


def _along(vector: Array | float, axis: int, rank: int) -> Array | float:
    """A vector laid along an axis."""
    return vector if isinstance(vector, float) else vector.reshape([-1 if at == axis else 1 for at in range(rank)])


def _affine(given: Given, value: Array, axis: int) -> Array:
    gamma, beta = (_along(given.vector(*each), axis, value.ndim) for each in (("gamma", 1.0), ("beta", 0.0)))
    return np.asarray(value * gamma + beta)


def batch_norm(given: Given) -> tuple[Array, ...]:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, by moving statistics or by those of the batch."""
    value, axis = given.inputs[0], _channels(given)
    statistics = given.attributes.get("statistics")
    if statistics == MERGED:
        return (_affine(given, value, axis),)
    if statistics == BATCH:
        rest = tuple(at for at in range(value.ndim) if at != axis)
        mean, variance = value.mean(axis=rest, keepdims=True), value.var(axis=rest, keepdims=True)
        made = _affine(given, (value - mean) / np.sqrt(variance + _epsilon(given)), axis)
        return made, *_moved(given, (mean.reshape(-1), variance.reshape(-1)))
    mean, variance = (_along(given.raw(f"moving_{name}"), axis, value.ndim) for name in ("mean", "variance"))
    return (_affine(given, (value - mean) / np.sqrt(variance + _epsilon(given)), axis),)


def _moved(given: Given, statistics: tuple[Array, ...]) -> tuple[Array, ...]:
    """The moving statistics after a batch, as ONNX gives them out."""
    momentum, roles = given.attributes.get("momentum"), ("moving_mean", "moving_variance")
    if not isinstance(momentum, int | float) or not all(map(given.has, roles)):
        return ()
    pairs = zip((given.raw(role) for role in roles), statistics, strict=True)
    return tuple(old * momentum + new * (1 - momentum) for old, new in pairs)


def group_norm(given: Given) -> tuple[Array, ...]:
    """Each sample by the mean and variance of groups of its channels."""
    return (_affine(given, _by_groups(given, int(given.attributes["groups"])), _channels(given)),)


def _by_groups(given: Given, groups: int) -> Array:
    axis, value = _channels(given), given.inputs[0]
    moved = np.moveaxis(value, axis, 1)
    parts = moved.reshape(moved.shape[0], groups, -1)
    mean, variance = parts.mean(axis=2, keepdims=True), parts.var(axis=2, keepdims=True)
    made = ((parts - mean) / np.sqrt(variance + _epsilon(given))).reshape(moved.shape)
    return np.moveaxis(made, 1, axis)


def instance_norm(given: Given) -> tuple[Array, ...]:
    """By moving statistics, or by those of each channel of each sample."""
    if given.attributes.get("statistics") == "sample":
        axis = _channels(given)
        return (_affine(given, _by_groups(given, given.inputs[0].shape[axis]), axis),)
    return batch_norm(given)


def _laid(given: Given, role: str, axes: Sequence[int], rank: int) -> Array:
    """A weight that has an element for each place along some axes, against the whole value."""
    stored, places = given.raw(role), sorted(axis % rank for axis in axes)
    wide = iter(stored.shape if stored.ndim == len(places) else (stored.size,))
    return stored.reshape([next(wide) if at in places else 1 for at in range(rank)])


def layer_norm(given: Given) -> tuple[Array, ...]:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta over some axes; without the mean where not ``centred``."""
    value, axes = given.inputs[0], tuple(given.attributes["axes"])
    variance = value.var(axis=axes, keepdims=True)
    mean = value.mean(axis=axes, keepdims=True) if given.attributes.get("centred", True) else 0.0
    made = (value - mean) / np.sqrt(variance + _epsilon(given))
    made = made * _laid(given, "gamma", axes, value.ndim) if given.has("gamma") else made
    return (made + _laid(given, "beta", axes, value.ndim) if given.has("beta") else made,)


def rms_norm(given: Given) -> tuple[Array, ...]:
    """X / sqrt(mean(x * x) + epsilon) * gamma over some axes."""
    value, axes = given.inputs[0], tuple(given.attributes["axes"])
    made = value / np.sqrt((value * value).mean(axis=axes, keepdims=True) + _epsilon(given))
    return (made * _laid(given, "gamma", axes, value.ndim) if given.has("gamma") else made,)


def unit_norm(given: Given) -> tuple[Array, ...]:
    """X / max(norm of x, epsilon); 0 where the norm is."""
    value, axes, order = given.inputs[0], tuple(given.attributes["axes"]), given.attributes["order"]
    size = np.maximum(
        (np.abs(value) ** order).sum(axis=axes, keepdims=True) ** (1 / order), given.attributes["epsilon"]
    )
    return (np.where(size == 0, 0.0, value / np.where(size == 0, 1.0, size)),)


def local_response_norm(given: Given) -> tuple[Array, ...]:
    """X / (k + alpha * mean of the squares of neighbouring channels) ** beta; what is beside the image counts as 0."""
    before, after = given.attributes["window"]
    alpha, beta, k = (given.attributes[name] for name in ("alpha", "beta", "k"))
    axis, value = _channels(given), given.inputs[0]
    squares = np.moveaxis(value * value, axis, -1)
    given.makes(*squares.shape[:-1], squares.shape[-1] + before + after + 1)
    totals = np.cumsum(np.pad(squares, [(0, 0)] * (value.ndim - 1) + [(before + 1, after)]), axis=-1)
    size = before + 1 + after
    mean = np.moveaxis(totals[..., size:] - totals[..., :-size], -1, axis) / size
    return (value / (k + alpha * mean) ** beta,)


def normalization(given: Given) -> tuple[Array, ...]:
    """(x - mean) / max(deviation, 1e-7), or back."""
    value, axes = given.inputs[0], {axis % given.inputs[0].ndim for axis in given.attributes["axes"]}
    shape = [size if at in axes else 1 for at, size in enumerate(value.shape)]
    mean, variance = (_statistic(given, name, shape) for name in ("mean", "variance"))
    deviation = np.maximum(np.sqrt(variance), KERAS_EPSILON)
    return (mean + value * deviation if given.attributes["invert"] else (value - mean) / deviation,)


def _statistic(given: Given, name: str, shape: Sequence[int]) -> Array:
    if given.has(name):
        return given.raw(name).reshape(shape)
    return np.broadcast_to(array(given.attributes[name]), shape)


def spectral_norm(given: Given) -> tuple[Array, ...]:
    """Keras stores the divided kernel. PyTorch's is divided by u @ W @ v, which is to divide what it is applied to."""
    if not given.has("right_vector"):
        return (given.inputs[0],)
    names = given.axes("kernel").split()
    kernel = np.moveaxis(given.raw("kernel"), names.index("out"), 0)
    left, right = (given.raw(role).reshape(-1) for role in ("vector", "right_vector"))
    return (given.inputs[0] / (left @ kernel.reshape(kernel.shape[0], -1) @ right),)


def weight_norm(given: Given) -> tuple[Array, ...]:
    """G * v / ||v||, the norm taken over all axes but one, or over all."""
    direction, axis = given.raw("direction"), given.attributes["axis"]
    rest = tuple(at for at in range(direction.ndim) if axis == -1 or at != axis)
    size = np.sqrt((direction * direction).sum(axis=rest, keepdims=True))
    magnitude = given.raw("magnitude")
    magnitude = magnitude.reshape(size.shape) if magnitude.size == size.size else magnitude
    return (direction * magnitude / size,)
