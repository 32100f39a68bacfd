"""Tensors that an exporter has made of others: copies, rows that all are one vector, zeros."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from math import prod
from typing import Any

from parity.adapters.onnx._constants import LITERAL, TEMPORARY, Constant
from parity.adapters.onnx._tensors import is_real
from parity.graph import Weight

MATRIX = 2

COPIED = 1 << 16
"""Tensors of more elements than this are not compared with each other."""

COMPARED = 1 << 24
"""Of all these tensors together no more elements are read."""

Payload = Callable[[Constant], Any]


def with_repeats(
    weights: Mapping[str, Weight], constants: Mapping[str, Constant], payload: Payload
) -> dict[str, Weight]:
    """The weights, with what is seen of those that an exporter may have made: zeros, and of what they are copies.

    Args:
        weights: by name.
        constants: what is stored, by the same names.
        payload: reads the elements of a constant; None where they cannot be read.
    """
    made = {name: each for name, each in weights.items() if each.numel <= COPIED and _is_made(constants[name])}
    rows = _rows(made, constants, payload)
    vectors = _vectors(weights, rows, constants, payload)
    found = dict(weights)
    for name, row in rows.items():
        found[name] = replace(found[name], repeats=vectors.get(name, ""), zeros=not row.any())
    for name, first in _copies(made, constants, payload).items():
        found[name] = replace(found[name], repeats=first)
    return found


def _is_made(constant: Constant) -> bool:
    """Whether a tensor of real numbers may be one that an exporter has made of others."""
    own = constant.declared in ("", TEMPORARY, LITERAL) and is_real(constant.tensor.data_type)
    return own and not constant.pieces and not constant.scales


def _copies(made: Mapping[str, Weight], constants: Mapping[str, Constant], payload: Payload) -> dict[str, str]:
    """The first tensors of which others are copies: an exporter makes one for each call of a layer."""
    shapes: dict[tuple[int, ...], list[str]] = {}
    for name, weight in made.items():
        if weight.shape:
            shapes.setdefault(weight.shape, []).append(name)
    found: dict[str, str] = {}
    left = COMPARED
    for shape, names in shapes.items():
        left -= prod(shape) * len(names) if len(names) > 1 else 0
        if left < 0:
            break
        first: dict[bytes, str] = {}
        for name in names if len(names) > 1 else ():
            array = payload(constants[name])
            if array is not None and array.size:
                same = first.setdefault(_digest(array), name)
                found |= {name: same} if same != name else {}
    return found


def _rows(made: Mapping[str, Weight], constants: Mapping[str, Constant], payload: Payload) -> dict[str, Any]:
    """The rows that tensors repeat: zeros, or a bias where that is all that is left of a sum."""
    found: dict[str, Any] = {}
    left = COMPARED
    for name, weight in made.items():
        if len(weight.shape) < MATRIX:
            continue
        left -= weight.numel
        array = payload(constants[name]) if left >= 0 else None
        rows = array.reshape(-1, weight.shape[-1]) if array is not None and array.size else None
        if rows is not None and (rows == rows[0]).all():
            found[name] = rows[0]
    return found


def _vectors(
    weights: Mapping[str, Weight], rows: Mapping[str, Any], constants: Mapping[str, Constant], payload: Payload
) -> dict[str, str]:
    """The stored vectors that hold the same as those rows, by the name of the tensor."""
    sizes = {row.size for row in rows.values()}
    first: dict[bytes, str] = {}
    left = COMPARED
    for name, weight in weights.items():
        if len(weight.shape) == 1 and weight.numel in sizes:
            left -= weight.numel
            array = payload(constants[name]) if left >= 0 else None
            if array is not None:
                first.setdefault(_digest(array), name)
    found = {name: first.get(_digest(row)) for name, row in rows.items()}
    return {name: vector for name, vector in found.items() if vector is not None}


def _digest(array: Any) -> bytes:
    return blake2b(array.tobytes(), digest_size=32, person=str(array.dtype).encode()[:16]).digest()
