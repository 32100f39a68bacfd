"""The index of a TensorFlow checkpoint (``variables.index``): names, shapes and types of the stored tensors.

It is a table of sorted keys in blocks, as LevelDB defines it
(https://github.com/google/leveldb/blob/main/doc/table_format.md), whose values are the messages of
tensor_bundle.proto.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from parity.adapters._protobuf import Message, varint
from parity.adapters.keras._saved_objects import sizes, type_name

FOOTER = 48
MAGIC = 0xDB4775248B80FB57
TRAILER = 5
"""After each block: how it is compressed, and a checksum."""
RESTART = 4
TYPE, SHAPE = 1, 2


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a checkpoint."""

    shape: tuple[int, ...]
    dtype: str


def read_index(data: bytes) -> dict[str, StoredTensor]:
    """Every tensor of a checkpoint by its key.

    Raises:
        ValueError: it is no index, or its blocks are compressed, which TensorFlow does not do.
    """
    if len(data) < FOOTER or int.from_bytes(data[-8:], "little") != MAGIC:
        raise ValueError("it does not end as an index does")
    _, at = varint(data, len(data) - FOOTER)
    _, at = varint(data, at)
    start, at = varint(data, at)
    size, _ = varint(data, at)
    found: dict[str, StoredTensor] = {}
    for _, handle in _entries(_block(data, start, size)):
        first, at = varint(handle, 0)
        length, _ = varint(handle, at)
        for key, value in _entries(_block(data, first, length)):
            if key:  # the empty key holds the header
                found[key.decode("utf-8", "replace")] = _tensor(value)
    return found


def _block(data: bytes, start: int, size: int) -> memoryview:
    end = start + size
    if end + TRAILER > len(data):
        raise ValueError("a block lies beyond its end")
    if data[end]:
        raise ValueError("a block of it is compressed")
    return memoryview(data)[start:end]


def _entries(block: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Keys and values; each key leaves out what it has in common with the one before."""
    restarts = int.from_bytes(block[-RESTART:], "little")
    stop = len(block) - RESTART * (restarts + 1)
    at, key = 0, b""
    while at < stop:
        shared, at = varint(block, at)
        more, at = varint(block, at)
        size, at = varint(block, at)
        if shared > len(key) or at + more + size > stop:
            raise ValueError("an entry does not fit in")
        key = key[:shared] + bytes(block[at : at + more])
        yield key, block[at + more : at + more + size]
        at += more + size


def _tensor(value: memoryview) -> StoredTensor:
    entry = Message(value)
    shape = sizes(entry.one(SHAPE))
    if shape is None or any(size < 0 for size in shape):
        raise ValueError("a tensor has no fixed sizes")
    return StoredTensor(shape, type_name(entry.integer(TYPE)))
