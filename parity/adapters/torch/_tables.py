"""The numbers in small tables that a model makes when it is built, from the tensors beside an exported program."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.adapters.torch._program import Program, Stored
from parity.graph import MOST_NUMBERS
from parity.kinds import is_stored_mask

Json = Mapping[str, Any]
Fetch = Callable[[str, int], bytes | None]
"""The bytes of a tensor's file of at most so many, by its name; None where there is no such file."""

MOST_BYTES = 2 * MOST_NUMBERS * 8
"""Of the storage that a table is a part of."""


def with_tables(program: Program, weights: Json, constants: Json, fetch: Fetch) -> Program:
    """The program with the elements of its tables.

    Args:
        program: the program.
        weights: the entries of ``model_weights_config.json`` by name.
        constants: the same of ``model_constants_config.json``.
        fetch: reads a file, named from the folder ``data``.
    """

    def filled(stored: Stored) -> Stored:
        group, entry = ("weights", weights[stored.name]) if stored.name in weights else ("constants", None)
        entry = constants.get(stored.name) if entry is None else entry
        wanted = stored.is_table or stored.may_be_mask
        if not wanted or not stored.placeholder or not entry or entry.get("use_pickle"):
            return stored
        data = fetch(f"{group}/{entry['path_name']}", MOST_BYTES)
        found = None if data is None else _numbers(stored, entry["tensor_meta"], data)
        return replace(stored, numbers=found) if stored.is_table or _is_mask(found) else stored

    return replace(program, stored=tuple(map(filled, program.stored)))


def _is_mask(numbers: tuple[float, ...] | None) -> bool:
    import numpy as np

    return numbers is not None and is_stored_mask(np.asarray(numbers))


def _numbers(stored: Stored, meta: Json, data: bytes) -> tuple[float, ...] | None:
    """The elements that a tensor takes out of its storage; None where the storage does not have them."""
    import numpy as np

    try:
        dtype = np.dtype(stored.tensor.dtype).newbyteorder("<")
    except TypeError:  # a type that only PyTorch has
        return None
    sizes = [size for size in stored.tensor.shape or () if isinstance(size, int)]
    given = zip(sizes, meta["strides"], strict=True)
    strides = [each.get("as_int", -1) if size > 1 else 0 for size, each in given]
    start = (meta.get("storage_offset") or {}).get("as_int", 0)
    held = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    if dtype.kind not in "biuf" or min((start, *strides), default=0) < 0:
        return None
    last = start + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    if not prod(sizes) or last >= held.size:
        return None
    places = np.full(sizes, start)
    for axis, (size, stride) in enumerate(zip(sizes, strides, strict=True)):
        places += (np.arange(size) * stride).reshape([-1 if at == axis else 1 for at in range(len(sizes))])
    return tuple(held[places].ravel().tolist())
