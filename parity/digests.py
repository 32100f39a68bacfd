"""What is kept of a tensor in place of its elements: a digest, which tells whether they are the same, and moments."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

CHUNK = 1 << 20
"""Elements that are looked at together."""

DIGITS = 6
"""Of each moment; the last ones depend on the machine that adds up."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What tells a tensor from one of other elements.

    Attributes:
        dtype: of the elements.
        code: BLAKE2b of the elements row by row, little-endian, 16 bytes in hexadecimal digits.
        mean, std, least, most: of the elements that are finite, or of their magnitudes where they are complex; 0 if
            there are none.
        not_finite: how many elements are infinite or NaN.
    """

    dtype: str
    code: str
    mean: float = 0.0
    std: float = 0.0
    least: float = 0.0
    most: float = 0.0
    not_finite: int = 0


def digest_of(array: Any) -> Digest:
    """The digest of an array, of which no more than a part is copied at a time."""
    code, moments = blake2b(digest_size=16), _Moments()
    for chunk in _chunks(array):
        code.update(_little_endian(chunk).view("uint8"))
        moments.add(chunk)
    mean, std, least, most = (
        float(f"{each:.{DIGITS}g}") for each in (moments.mean, moments.std, moments.least, moments.most)
    )
    return Digest(str(array.dtype), code.hexdigest(), mean, std, least, most, moments.not_finite)


def _chunks(array: Any) -> Iterator[Any]:
    """The elements row by row, some at a time; of an array with strides of its own only these are copied."""
    import numpy as np

    if array.flags.c_contiguous:
        flat = array.reshape(-1)
        yield from (flat[start : start + CHUNK] for start in range(0, flat.size, CHUNK))
    elif array.ndim > 1 and array[0].size > CHUNK:
        for each in array:
            yield from _chunks(each)
    elif array.size:
        rows = max(1, CHUNK // max(1, array[0].size))
        for start in range(0, len(array), rows):
            yield np.ascontiguousarray(array[start : start + rows]).reshape(-1)


def _little_endian(chunk: Any) -> Any:
    return chunk if sys.byteorder == "little" else chunk.astype(chunk.dtype.newbyteorder("<"))


@dataclass
class _Moments:
    """Of elements that are added in parts, in double precision."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = 0.0
    most: float = 0.0
    not_finite: int = 0

    def add(self, chunk: Any) -> None:
        import numpy as np

        with np.errstate(invalid="ignore", over="ignore"):
            wide = np.abs(chunk) if chunk.dtype.kind == "c" else chunk.astype(np.float64)
            known = wide[np.isfinite(wide)].astype(np.float64)
            self.not_finite += int(wide.size - known.size)
            if not known.size:
                return
            mean, total = float(known.mean()), self.count + known.size
            # Chan, Golub, LeVeque: the sums of squares of two parts, each around its own mean.
            self.squares += float(known.var()) * known.size + (mean - self.mean) ** 2 * self.count * known.size / total
            ends = float(known.min()), float(known.max())
            self.least = min(self.least, ends[0]) if self.count else ends[0]
            self.most = max(self.most, ends[1]) if self.count else ends[1]
            self.mean += (mean - self.mean) * known.size / total
            self.count = total

    @property
    def std(self) -> float:
        return float((self.squares / self.count) ** 0.5) if self.count else 0.0
