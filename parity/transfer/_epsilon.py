"""Which epsilon a batch normalisation had that was computed into other weights, as their numbers tell.

Folding multiplies a unit by s = gamma / sqrt(variance + epsilon) (``torch.nn.utils.fuse_conv_bn_weights``), and each
tells epsilon as (gamma / s)^2 - variance, up to what rounding s has cost; all of them tell the same one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parity.transfer._calculated import FoldedKernel
from parity.transfer._expression import Expression, Read

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

ROUNDED = 1e-6
"""By how much (gamma / s)^2 is off at most where folding was done in single precision, some four roundings of it."""

STEPS = 8
"""The same in steps of a type that is coarser than that."""

DIGITS = 2
"""What is kept of an epsilon that a file does not state: nobody sets another one."""


@dataclass(frozen=True, slots=True)
class Told:
    """An epsilon, and by how much the numbers leave it open."""

    epsilon: float
    off: float

    def is_(self, epsilon: float) -> bool:
        """Whether it can be this one."""
        return abs(self.epsilon - epsilon) <= self.off

    @property
    def plain(self) -> float:
        """It, as somebody has set it."""
        return float(f"{self.epsilon:.{DIGITS - 1}e}")


def epsilon_told(value: Expression, told: Expression, left: Read, right: Read) -> Told | None:
    """The epsilon that makes a folded kernel of a kernel; None where none does for all units.

    Args:
        value: what the kernel is to be: with a FoldedKernel in it.
        told: what is stored there.
        left: reads the tensors of the first.
        right: those of the second.

    Raises:
        ParityError: a tensor cannot be read.
    """
    folded = _folded(value)
    if folded is None:
        return None
    kernel, variance, gamma = (part.array(left) for part in folded.parts)
    stored = told.array(right)
    if stored.size != kernel.size:
        return None
    stored = stored.reshape(kernel.shape) if folded is not value else stored
    return solved(_by_unit(kernel, folded.axis), _by_unit(stored, folded.axis), variance, gamma, _step(stored))


def _folded(value: Expression) -> FoldedKernel | None:
    """The folded kernel itself, or the one that is only written in another shape."""
    if isinstance(value, FoldedKernel):
        return value
    return _folded(value.parts[0]) if len(value.parts) == 1 else None


def _by_unit(array: Array, axis: int) -> Array:
    import numpy as np

    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1).astype("float64")


def _step(array: Array) -> float:
    import numpy as np

    return max(ROUNDED, STEPS * float(np.finfo(array.dtype).eps)) if array.dtype.kind == "f" else ROUNDED


def solved(kernel: Array, folded: Array, variance: Array, gamma: Array, step: float) -> Told | None:
    """The epsilon of all units.

    Args:
        kernel: a row for each unit.
        folded: the same, multiplied by s.
        variance: of each unit.
        gamma: its scale.
        step: the proportion that rounding changes (gamma / s)^2 by.
    """
    import numpy as np

    energy = (kernel * kernel).sum(1)
    with np.errstate(all="ignore"):
        scale = (kernel * folded).sum(1) / energy
        apart = np.abs(folded - kernel * scale[:, None]).max(1) > step * np.abs(folded).max(1) * len(kernel[0]) ** 0.5
        squares = (gamma.astype("float64") / scale) ** 2
        each = squares - variance
    usable = np.isfinite(each) & (energy > 0) & (scale != 0) & (gamma != 0)
    if not usable.any() or (apart & usable).any():
        return None
    off = step * (squares + np.abs(variance))
    best = int(np.argmin(np.where(usable, off, np.inf)))
    found = Told(float(each[best]), float(off[best]))
    agree = np.abs(each - found.epsilon) <= off + found.off
    return found if found.epsilon + found.off >= 0 and agree[usable].all() else None
