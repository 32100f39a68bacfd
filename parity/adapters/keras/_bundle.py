"""The index of a TensorFlow checkpoint (``variables.index``): names, shapes and types of the stored tensors, and where.

It is a table of sorted keys in blocks, as LevelDB defines it
(https://github.com/google/leveldb/blob/main/doc/table_format.md), whose values are the messages of
tensor_bundle.proto.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parity.adapters._protobuf import Message, varint
from parity.adapters.keras._saved_objects import sizes, type_name

FOOTER = 48
MAGIC = 0xDB4775248B80FB57
TRAILER = 5
"""After each block: how it is compressed, and a checksum."""
RESTART = 4
TYPE, SHAPE, SHARD, OFFSET, SIZE, SLICES = 1, 2, 3, 4, 5, 7
SHARDS, ENDIANNESS = 1, 2


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a checkpoint.

    Attributes:
        shard: the number of the file that its elements are in.
        start, size: the bytes that they are there.
        sliced: they are in parts, under other keys.
    """

    shape: tuple[int, ...]
    dtype: str
    shard: int = 0
    start: int = 0
    size: int = 0
    sliced: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """What a checkpoint holds: its tensors by key, in how many files, and the order of the bytes of an element."""

    tensors: Mapping[str, StoredTensor]
    shards: int = 1
    order: str = "little"


def read_index(data: bytes) -> Index:
    """Every tensor of a checkpoint by its key.

    Raises:
        ValueError: it is no index, or its blocks are compressed, which TensorFlow does not do.
    """
    if len(data) < FOOTER or int.from_bytes(data[-8:], "little") != MAGIC:
        raise ValueError("it does not end with the footer of an index")
    _, at = varint(data, len(data) - FOOTER)
    _, at = varint(data, at)
    start, at = varint(data, at)
    size, _ = varint(data, at)
    found: dict[str, StoredTensor] = {}
    header = Message()
    for _, handle in _entries(_block(data, start, size)):
        first, at = varint(handle, 0)
        length, _ = varint(handle, at)
        for key, value in _entries(_block(data, first, length)):
            if key:
                found[key.decode("utf-8", "replace")] = _tensor(value)
            else:  # the empty key holds the header
                header = Message(value)
    return Index(found, header.integer(SHARDS), "big" if header.integer(ENDIANNESS) else "little")


def _block(data: bytes, start: int, size: int) -> memoryview:
    end = start + size
    if end + TRAILER > len(data):
        raise ValueError("a block is beyond its end")
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
            raise ValueError("an entry is truncated")
        key = key[:shared] + bytes(block[at : at + more])
        yield key, block[at + more : at + more + size]
        at += more + size


def _tensor(value: memoryview) -> StoredTensor:
    entry = Message(value)
    shape = sizes(entry.one(SHAPE))
    if shape is None or any(size < 0 for size in shape):
        raise ValueError("a tensor has no fixed shape")
    place = entry.integer(SHARD), entry.integer(OFFSET), entry.integer(SIZE)
    return StoredTensor(shape, type_name(entry.integer(TYPE)), *place, sliced=any(True for _ in entry.all(SLICES)))
