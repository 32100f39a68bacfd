"""What a snapshot holds of the elements of tensors: made of them, and read again."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from parity.adapters._elements import NotThere, element_type
from parity.adapters.snapshot._record import Malformed, Record
from parity.digests import Digest
from parity.errors import UnreadableTensor
from parity.graph import SourceGraph, Weight
from parity.store import Absent, Elements, TensorStore

Digests = Mapping[str, Mapping[str, Any]]
"""By the name of the tensor."""

MOMENTS = {"mean": "mean", "std": "std", "min": "least", "max": "most"}
"""The keys of the moments of a tensor, and what they are called elsewhere."""

UNREAD = "unread"
"""The key of the reason why there is no digest."""

HEXADECIMAL = re.compile("[0-9a-f]{32}")


def digests(graph: SourceGraph) -> Digests:
    """What is kept of the elements of each stored tensor, which are read one by one, or why nothing is."""
    return {name: _digest(graph.store, weight) for name, weight in graph.weights.items() if not weight.pieces}


def _digest(store: TensorStore, weight: Weight) -> Mapping[str, Any]:
    try:
        found = store.digest(weight.name)
    except UnreadableTensor as error:
        return {UNREAD: error.cause}
    kept: dict[str, Any] = {"digest": found.code} | {key: getattr(found, own) for key, own in MOMENTS.items()}
    kept |= {"not_finite": found.not_finite} if found.not_finite else {}
    return kept | ({"dtype": found.dtype} if found.dtype != weight.dtype else {})


def store_of(source: str, kept: Mapping[str, Digest | str]) -> TensorStore:
    """No elements: digests, and why others have none."""
    digests = {name: each for name, each in kept.items() if isinstance(each, Digest)}
    unread: dict[str, Elements] = {name: NotThere(each) for name, each in kept.items() if isinstance(each, str)}
    what = "digests of weight values, and not these" if kept else "no weight values"
    remedy = "compare the model itself" + ("" if kept else ", or write the snapshot with --digests")
    return TensorStore(source, unread, f"a snapshot holds {what}", remedy, digests=digests)


def read_digest(record: Record, name: str, *, weights: Mapping[str, Weight]) -> Digest | str:
    if UNREAD in record.data:
        return record.need(UNREAD, str)
    mean, std, least, most = (_number(record, key) for key in MOMENTS)
    code = record.need("digest", str)
    if not HEXADECIMAL.fullmatch(code) or name not in weights:
        raise Malformed(f"digest of {record.what} is not 32 hexadecimal digits of a weight")
    dtype = record.need("dtype", str, weights[name].dtype)
    try:
        element_type(dtype)
    except Absent as error:
        raise Malformed(f"dtype of {record.what} is {dtype[:40]!r}") from error
    return Digest(dtype, code, mean, std, least, most, record.need("not_finite", int, 0))


def _number(record: Record, key: str) -> float:
    found = record.get(key)
    if type(found) not in {float, int} or not isfinite(found):
        raise Malformed(f"{key} of {record.what} is not a number")
    return float(found)
