"""What reductions compute: axes brought down to one number.

Source: https://numpy.org/doc/stable/reference/routines.math.html and the operators' documents, which agree with it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity.kinds._contract import Attributes
from parity.kinds._given import Array, Given, Uncomputable


def norm(x: Array, axes: Any, order: float) -> Array:
    """The root of the sum of powers of the sizes; the largest or least size for an infinite order."""
    size = np.abs(x)
    if np.isinf(order):
        return np.asarray((np.max if order > 0 else np.min)(size, axis=axes, keepdims=True))
    if order == 0:
        return np.asarray((size != 0).sum(axis=axes, keepdims=True).astype("float64"))
    return np.asarray((size**order).sum(axis=axes, keepdims=True) ** (1 / order))


def _logsumexp(x: Array, axes: Any) -> Array:
    most = x.max(axis=axes, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    return np.asarray(np.log(np.exp(x - most).sum(axis=axes, keepdims=True)) + most)


def _place(function: Callable[..., Any]) -> Callable[..., Array]:
    def place(x: Array, axes: Any, _: Attributes) -> Array:
        if axes is not None and len(axes) != 1:
            raise Uncomputable("it reduces several axes")
        return np.asarray(function(x, axis=axes[0] if axes is not None else None, keepdims=True))

    return place


REDUCTIONS: Mapping[str, Callable[[Array, Any, Attributes], Array]] = {
    "sum": lambda x, axes, _: x.sum(axis=axes, keepdims=True),
    "prod": lambda x, axes, _: x.prod(axis=axes, keepdims=True),
    "mean": lambda x, axes, _: x.mean(axis=axes, keepdims=True),
    "max": lambda x, axes, _: x.max(axis=axes, keepdims=True),
    "min": lambda x, axes, _: x.min(axis=axes, keepdims=True),
    "any": lambda x, axes, _: (x != 0).any(axis=axes, keepdims=True),
    "all": lambda x, axes, _: (x != 0).all(axis=axes, keepdims=True),
    "variance": lambda x, axes, told: x.var(axis=axes, ddof=told["correction"], keepdims=True),
    "deviation": lambda x, axes, told: x.std(axis=axes, ddof=told["correction"], keepdims=True),
    "norm": lambda x, axes, told: norm(x, axes, told["order"]),
    "sum_square": lambda x, axes, _: (x * x).sum(axis=axes, keepdims=True),
    "logsumexp": lambda x, axes, _: _logsumexp(x, axes),
    "argmax": _place(np.argmax),
    "argmin": _place(np.argmin),
}


def reduced(given: Given) -> tuple[Array, ...]:
    """Axes brought down to one number."""
    x, axes, name = given.operand(), given.attributes["axes"], given.attributes["function"]
    if name not in REDUCTIONS:
        raise Uncomputable(f"parity has no formula for the reduction {name!r}")
    made = np.asarray(REDUCTIONS[name](x, axes, given.attributes))
    if given.attributes["keepdims"]:
        return (made,)
    return (made.squeeze(axis=tuple(range(x.ndim)) if axes is None else tuple(axes)),)
