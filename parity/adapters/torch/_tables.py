"""The numbers in small tables that a model makes when it is built, from the tensors beside an exported program."""

from dataclasses import replace

from parity.adapters.torch._program import Program, Stored
from parity.kinds import is_stored_mask
from parity.store import Absent


def with_tables(program: Program) -> Program:
    """The program with the elements of its tables.

    Args:
        program: a program with the places of its elements.

    Raises:
        OSError: the file cannot be read.
    """

    def filled(stored: Stored) -> Stored:
        if not stored.placeholder or not (stored.is_table or stored.may_be_mask):
            return stored
        found = _numbers(stored)
        return replace(stored, numbers=found) if stored.is_table or _is_mask(found) else stored

    return replace(program, stored=tuple(map(filled, program.stored)))


def _is_mask(numbers: tuple[float, ...] | None) -> bool:
    import numpy as np

    return numbers is not None and is_stored_mask(np.asarray(numbers))


def _numbers(stored: Stored) -> tuple[float, ...] | None:
    """The elements of a tensor; None where they are not there, or are no plain numbers."""
    if stored.elements is None:
        return None
    try:
        found = stored.elements.read()
    except Absent:
        return None
    plain = found.dtype.kind in "biuf" and found.size and found.shape == stored.tensor.shape
    return tuple(found.ravel().tolist()) if plain else None
