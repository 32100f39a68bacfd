"""PyTorch's sparse tensors whose rows, columns, or blocks of them, are listed one after the other."""

from dataclasses import dataclass
from typing import Any

from parity.adapters._elements import Strided
from parity.adapters._sparse import check_places, zeros
from parity.store import Absent

ROWS, COLUMNS = ("sparse_csr", "sparse_bsr"), ("sparse_csc", "sparse_bsc")
BLOCKS = ("sparse_bsr", "sparse_bsc")


@dataclass(frozen=True, slots=True)
class Compressed:
    """A matrix of a compressed layout (source: documentation of ``torch.sparse``).

    Attributes:
        layout: ``sparse_csr`` and the like.
        parts: where each row, or column, begins among the values; the column, or row, of each value; the values.
        shape: of the whole.
    """

    layout: str
    parts: tuple[Strided, ...]
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The whole matrix.

        Raises:
            Absent: it is too large, in batches, or its indices and values do not match.
            OSError: a file cannot be read.
        """
        import numpy as np

        if self.layout not in ROWS + COLUMNS or len(self.parts) != 3 or len(self.shape) != 2:
            raise Absent("it has a sparse layout that parity does not read", found=f"{self.layout} of {self.shape}")
        begins, others, values = (each.read() for each in self.parts)
        high, wide = values.shape[1:3] if self.layout in BLOCKS and values.ndim == 3 else (1, 1)
        blocks = values.reshape(-1, high, wide)
        if 0 in (high, wide) or self.shape[0] % high or self.shape[1] % wide or begins.ndim != 1 or others.ndim != 1:
            raise self._misfit()
        sizes = self.shape[0] // high, self.shape[1] // wide
        along, across = sizes if self.layout in ROWS else sizes[::-1]
        check_places(others, across)
        counts = np.diff(begins)
        if len(begins) != along + 1 or (counts < 0).any() or begins[0] or counts.sum() != len(others) != len(blocks):
            raise self._misfit()
        lines = np.repeat(np.arange(along), counts)
        places = (lines, others) if self.layout in ROWS else (others, lines)
        whole = zeros(self.shape, values.dtype)
        whole.reshape(sizes[0], high, sizes[1], wide)[places[0], :, places[1], :] = blocks
        return whole

    def _misfit(self) -> Absent:
        return Absent("the parts of a sparse matrix do not match", remedy="save it again")
