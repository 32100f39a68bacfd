"""New elements in the place of a tensor's old ones: in bytes of a file, in a member of an archive, in memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parity.adapters._elements import Strided, element_type, typed
from parity.errors import ParityError, UsageError

FIXED = "its layout cannot be written"


def fitted(name: str, array: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    """An array in the type that a tensor is stored in.

    Raises:
        ParityError: it has another shape, is no whole number where one is needed, or is too large for the type.
    """
    import numpy as np

    if array.shape != shape:
        raise ParityError(f"cannot write the tensor {name!r}", f"it has the shape {shape}", found=str(array.shape))
    wanted = element_type(dtype)
    if array.dtype == wanted:
        return array
    whole = np.issubdtype(wanted, np.integer) or wanted.kind == "b"
    if whole and not np.array_equal(array, np.rint(array.astype(np.float64))):
        cause = f"it is stored as {dtype}, and the new values are not integers"
        raise ParityError(f"cannot write the tensor {name!r}", cause, remedy="port into a floating-point model")
    with np.errstate(all="ignore"):
        made = array.astype(wanted)
    if not whole and not np.array_equal(np.isfinite(made.astype(np.float64)), np.isfinite(array.astype(np.float64))):
        cause = f"it is stored as {dtype}, which cannot hold values that large"
        raise ParityError(f"cannot write the tensor {name!r}", cause, found=f"{float(np.abs(array).max()):g}")
    return made


def place(name: str, elements: Strided, array: Any, held: Any) -> None:
    """Put an array where the elements of a tensor are.

    Args:
        name: of the tensor.
        elements: where they are.
        array: in the type and shape of the tensor.
        held: all bytes of its source, as a one-dimensional array of ``uint8`` that is written to.

    Raises:
        ParityError: the tensor is a view that numbers cannot be put into.
    """
    import numpy as np

    dtype, steps = element_type(elements.dtype), elements.steps()
    if elements.conjugate or elements.negative:
        raise ParityError(f"cannot write the tensor {name!r}", FIXED, found="a conjugated or negated view")
    if any(step == 0 and size > 1 for step, size in zip(steps, elements.shape, strict=True)):
        raise ParityError(f"cannot write the tensor {name!r}", FIXED, found="one element at several positions")
    if not array.size:
        return
    count = 1 + sum((size - 1) * step for size, step in zip(elements.shape, steps, strict=True))
    end = elements.start + count * dtype.itemsize
    if end > held.size:
        raise ParityError(f"cannot write the tensor {name!r}", "the file is too short for it")
    flat = held[elements.start : end].copy()
    words = typed(flat, dtype, elements.order)
    view = np.lib.stride_tricks.as_strided(words, elements.shape, tuple(step * dtype.itemsize for step in steps))
    view[...] = array
    back = np.ascontiguousarray(words).view(np.uint8)
    held[elements.start : end] = typed(back, dtype, elements.order).view(np.uint8) if dtype.kind != "b" else back


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A file beside another one, which takes its place when all has gone well.

    Raises:
        UsageError: it cannot be written; nothing is left behind.
    """
    fresh = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield fresh
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.replace(out)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {str(out)!r}", error.strerror or str(error)) from error
