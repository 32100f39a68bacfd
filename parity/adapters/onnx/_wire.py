"""Load an ONNX file without its tensors: protobuf's wire format is walked and large payloads are skipped, not read.

``onnx.load`` reads them all and keeps them in memory, whatever is asked of a model: 0.2 s and 200 MB for 200 MB of
weights, and 0.001 s here. What is left of a file, some KB of structure, goes to protobuf's own parser.
"""

from dataclasses import dataclass, field
from secrets import token_hex
from struct import Struct
from typing import Any, BinaryIO

from parity.adapters._bytes import File, Range
from parity.adapters._location import Location
from parity.errors import UnreadableModel
from parity.graph import MOST_NUMBERS

KEPT = 8 * MOST_NUMBERS
"""Payloads of up to this many bytes are kept: shapes, axes, scalars and tables of places."""

KEPT_REAL = 256
"""Of real numbers only scalars and short lists (the scales of a Resize) are ever looked at, but for those below."""

KEPT_ZEROS = 1 << 22
"""Payloads up to this size are kept if they begin with so many bytes of zero: masks of attention, initial states."""

ZEROS = 4
ONE = b"\0\0\x80\x3f"
"""1 in single precision, which a table of cosines begins with; payloads that do are kept up to ``KEPT``."""

FLOAT, LOW = Struct("<f"), -10.0
"""No kernel begins with a number that is as low; masks do that block the first element."""

LIMIT = 1 << 28
"""More than this much structure (names, nodes, documentation) is no honest model."""

DEPTH = 64
"""Graphs in nodes in graphs ...: protobuf itself stops at 100 messages, of which each level takes three."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

CHILDREN: dict[str, dict[int, str]] = {
    # Numbers of the fields of onnx.proto that can hold tensors, by message.
    "model": {7: "graph", 25: "function"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
DATA_TYPE, RAW_DATA, METADATA = 2, 9, 16
REAL = {bytes([code]) for code in (1, 10, 11, 14, 15, 16)}
"""Codes of float, float16, double, complex and bfloat16, as varints."""
PAYLOADS = {4, 5, 7, RAW_DATA, 10, 11}

MODEL_FIELDS = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES, 14: BYTES}
MODEL_FIELDS |= {20: BYTES, 25: BYTES, 26: BYTES}
GRAPH, OPSETS, PRODUCER = 7, 8, 2


@dataclass(frozen=True)
class Loaded:
    """A model without the payloads of its large tensors.

    Attributes:
        sizes: for each initializer the size in bytes of the ``raw_data`` that was left out, None where nothing was.
        file: the file as it was.
        mark: the key of the metadata that tells of a tensor where in the file it is; no file can know it beforehand.
    """

    model: Any
    sizes: tuple[int | None, ...]
    file: File
    mark: str

    def place(self, tensor: Any) -> tuple[Range, bool] | None:
        """Where a tensor is whose payload was left out: its ``raw_data``, or (False) all of its message."""
        told = next((each.value for each in tensor.metadata_props if each.key == self.mark), "")
        if not told:
            return None
        raw, start, size = (int(number) for number in told.split())
        return Range(self.file, start, size), bool(raw)


def load(path: Location) -> Loaded:
    """Read everything of an ONNX file but the payloads of its large tensors.

    Raises:
        UnreadableModel: it is truncated or no ONNX protobuf.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        whole = File.at(path)
        with path.open("rb") as file:
            walk = _Walk(file, path)
            content = walk.copy(0, whole.size)
    except OSError as error:
        raise UnreadableModel(str(path), f"the file cannot be read: {error.strerror}") from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise UnreadableModel(
            str(path), "it is not a valid ONNX protobuf", remedy="save or copy the model again"
        ) from error
    return Loaded(model, tuple(walk.sizes), whole, walk.mark)


def looks_like_model(head: bytes, *, complete: bool) -> bool:
    """Whether a file's first bytes are fields of a ``ModelProto``.

    Args:
        head: the first bytes.
        complete: demand both a version and a graph or opsets among them, for files whose name promises nothing.
    """
    seen, at = set(), 0
    while at < len(head):
        tag, at = _varint(head, at)
        number, wire = tag >> 3, tag & 7
        if MODEL_FIELDS.get(number) != wire:
            return False
        size, at = _varint(head, at)
        if number == PRODUCER and (size > len(head) or not _is_text(head[at : at + size])):
            return False
        seen.add(number)
        at += size if wire == BYTES else 0
    return 1 in seen and (not complete or bool(seen & {GRAPH, OPSETS}))


def _is_low(head: bytes) -> bool:
    """Whether a number is far below zero, as what blocks in a mask is: also two of half precision, seen as one."""
    return len(head) == ZEROS and FLOAT.unpack(head)[0] <= LOW


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:  # 64 bits in groups of 7
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # the last byte of a varint
            return value, at
    return value, at


def _is_text(data: bytes) -> bool:
    return all(byte >= 32 for byte in data)  # no control characters


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    wire: int
    key: bytes
    head: bytes
    """The key, and the length where there is one."""
    size: int


@dataclass
class _Walk:
    file: BinaryIO
    path: Location
    sizes: list[int | None] = field(default_factory=list)
    total: int = 0
    mark: str = field(default_factory=lambda: f"parity {token_hex(8)}")

    def copy(self, start: int, end: int, kind: str = "model", depth: int = 0) -> bytes:
        """The message between two offsets, without large payloads of tensors."""
        if depth > 3 * DEPTH:
            raise self._broken("its graphs are nested too deeply")
        parts: list[bytes] = []
        at = start
        while at < end:
            found = self._field()
            at += len(found.head)
            if at + found.size > end:
                raise self._truncated()
            child = CHILDREN[kind].get(found.number) if found.wire == BYTES else None
            if child == "tensor":
                body, dropped = self._tensor(at, at + found.size)
                if kind == "graph" and depth == 1:
                    self.sizes.append(dropped)
                parts += (found.key, _encode(len(body)), body)
            elif child and (kind == "model" or found.size > KEPT):
                body = self.copy(at, at + found.size, child, depth + 1)
                parts += (found.key, _encode(len(body)), body)
            else:
                parts += (found.head, self._read(found.size))
            at += found.size
        return b"".join(parts)

    def _tensor(self, start: int, end: int) -> tuple[bytes, int | None]:
        """A ``TensorProto`` without its payload if that is large, and how much ``raw_data`` was left out."""
        parts: list[bytes] = []
        at, limit = start, KEPT
        dropped: int | None = None
        gone: list[tuple[int, int, int]] = []
        payloads = 0
        while at < end:
            found = self._field()
            at += len(found.head) + found.size
            if at > end:
                raise self._truncated()
            payloads += found.number in PAYLOADS
            large = found.wire == BYTES and found.number in PAYLOADS and found.size > limit
            if large and not self._is_made(found, real=limit == KEPT_REAL):
                dropped = found.size if found.number == RAW_DATA else dropped
                gone.append((int(found.number == RAW_DATA), at - found.size, found.size))
                self.file.seek(at)
                continue
            body = self._read(found.size)
            parts += (found.head, body)
            if found.number == DATA_TYPE and found.head[len(found.key) :] in REAL:
                limit = KEPT_REAL
        if gone:
            place = gone[0] if payloads == 1 and gone[0][0] else (0, start, end - start)
            told = _message(1, self.mark.encode()) + _message(2, " ".join(map(str, place)).encode())
            parts.append(_message(METADATA, told))
        return b"".join(parts), dropped

    def _is_made(self, payload: _Field, *, real: bool) -> bool:
        """Whether a payload may be a mask, a state of zeros or a table of angles; no kernel begins like those."""
        if payload.number != RAW_DATA or payload.size > KEPT_ZEROS:
            return False
        start = self.file.tell()
        head = self.file.read(ZEROS)
        self.file.seek(start)
        return head == bytes(ZEROS) or (head == ONE and payload.size <= KEPT) or (real and _is_low(head))

    def _field(self) -> _Field:
        """The next field's key and size; a varint's own bytes count as its head, so that nothing is left to read."""
        key = self._varint()
        tag = _varint(key, 0)[0]
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            return _Field(number, wire, key, key + self._varint(), 0)
        if wire in (FIXED64, FIXED32):
            return _Field(number, wire, key, key, 8 if wire == FIXED64 else 4)
        if wire != BYTES:
            raise self._broken("it is not a valid ONNX protobuf")
        length = self._varint()
        return _Field(number, wire, key, key + length, _varint(length, 0)[0])

    def _varint(self) -> bytes:
        data = b""
        while len(data) < 10:  # 64 bits in groups of 7
            byte = self._read(1)
            data += byte
            if byte[0] < 0x80:  # the last byte of a varint
                return data
        raise self._broken("it is not a valid ONNX protobuf")

    def _read(self, size: int) -> bytes:
        self.total += size
        if self.total > LIMIT:
            raise self._broken(f"its structure alone, without tensors, is over {LIMIT >> 20} MiB")
        data = self.file.read(size)
        if len(data) < size:
            raise self._truncated()
        return data

    def _broken(self, cause: str) -> UnreadableModel:
        return UnreadableModel(str(self.path), cause, remedy="save or copy the model again")

    def _truncated(self) -> UnreadableModel:
        return self._broken("the file is truncated or broken: it ends in the middle of a field")


def _message(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return _encode(number << 3 | BYTES) + _encode(len(content)) + content


def _encode(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:  # 7 bits a byte
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
