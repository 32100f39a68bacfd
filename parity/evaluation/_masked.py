"""Numbers that stand far above all others of an array: those of masks, and the bounds of a type."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

FAR = 1e6
"""How large a number is, and how often the next smaller one's size, that tells nothing of how large results are."""

LEAST_BESIDE = 1e-2
"""The size of a result below which it may be what is left of such numbers where they cancel out."""


def largest_unmasked(array: Array) -> float:
    """The size of the largest finite number of a real array, without those that stand far above the rest.

    Beside -1e9, or the largest number of a type, nothing that the others are would show.
    """
    import numpy as np

    sizes = np.abs(array[np.isfinite(array)])
    if sizes.max(initial=0.0) <= FAR:
        return float(sizes.max(initial=0.0))
    ordered = np.sort(sizes[sizes >= LEAST_BESIDE], axis=None)
    above = np.flatnonzero(ordered[1:] > FAR * ordered[:-1])
    return float(ordered[above[0]] if above.size else ordered[-1])
