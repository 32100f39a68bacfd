"""Tensors that an exporter has made of others: copies, rows that all are one vector, zeros."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from parity.adapters.onnx._constants import LITERAL, TEMPORARY, Constant
from parity.adapters.onnx._tensors import is_real
from parity.graph import Weight

COPIED = 1 << 16
"""Tensors of more elements than this are not compared with each other."""

COMPARED = 1 << 24
"""No more elements are read of those tensors together, nor of the vectors that their rows are compared with."""

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
    shared = Counter(each.shape for each in made.values())
    first: dict[tuple[tuple[int, ...], bytes], str] = {}
    copies: dict[str, str] = {}
    rows: dict[str, Any] = {}
    wanted = [name for name, each in made.items() if each.shape and (len(each.shape) >= 2 or shared[each.shape] > 1)]
    for name, array in _arrays(wanted, constants, payload):
        shape = made[name].shape
        if len(shape) >= 2 and _is_one_row(lines := array.reshape(-1, shape[-1])):
            rows[name] = lines[0]
        same = first.setdefault((shape, _digest(array)), name) if shared[shape] > 1 else name
        if same != name:
            copies[name] = same
    vectors = _vectors(weights, rows, constants, payload)
    found = dict(weights)
    for name, row in rows.items():
        found[name] = replace(found[name], repeats=vectors.get(name, ""), zeros=not row.any())
    for name, original in copies.items():
        found[name] = replace(found[name], repeats=original)
    biases = [name for name, each in weights.items() if _is_vector(each, constants[name])]
    for name, array in _arrays(biases, constants, payload):
        found[name] = replace(found[name], zeros=not array.any())
    return found


def _is_vector(weight: Weight, constant: Constant) -> bool:
    """Whether a tensor may be a bias, of which it matters whether it is of zeros."""
    plain = is_real(constant.tensor.data_type) and not constant.pieces and not constant.scales
    return plain and len(weight.shape) == 1 and weight.numel <= COPIED


def _is_made(constant: Constant) -> bool:
    """Whether a tensor of real numbers may be one that an exporter has made of others."""
    own = constant.declared in ("", TEMPORARY, LITERAL) and is_real(constant.tensor.data_type)
    return own and not constant.pieces and not constant.scales


def _arrays(names: Iterable[str], constants: Mapping[str, Constant], payload: Payload) -> Iterator[tuple[str, Any]]:
    """The elements of stored tensors that have any, up to a number of all together."""
    left = COMPARED
    for name in names:
        left -= constants[name].numel
        if left < 0:
            return
        array = payload(constants[name])
        if array is not None and array.size:
            yield name, array


def _is_one_row(lines: Any) -> bool:
    """Whether a matrix repeats one row: zeros, or a bias where that is all that is left of a sum."""
    return bool((lines == lines[0]).all())


def _vectors(
    weights: Mapping[str, Weight], rows: Mapping[str, Any], constants: Mapping[str, Constant], payload: Payload
) -> dict[str, str]:
    """The stored vectors that hold the same as those rows, by the name of the tensor."""
    sizes = {row.size for row in rows.values()}
    first: dict[bytes, str] = {}
    names = [name for name, each in weights.items() if len(each.shape) == 1 and each.numel in sizes]
    for name, array in _arrays(names, constants, payload):
        first.setdefault(_digest(array), name)
    found = {name: first.get(_digest(row)) for name, row in rows.items()}
    return {name: vector for name, vector in found.items() if vector is not None}


def _digest(array: Any) -> bytes:
    return blake2b(array.tobytes(), digest_size=32, person=str(array.dtype).encode()[:16]).digest()
