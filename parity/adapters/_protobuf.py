"""Protocol buffers' wire format, read field by field: for messages of which only a part is wanted.

It is written by hand since the classes of TensorFlow's messages come with TensorFlow only, which is not there, or takes
7.5 s to load. What is read with it are tables of tensors and of objects, of some hundreds of KB.
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
MOST_BITS = 70
"""64 bits in groups of 7."""


def varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the position after it.

    Source: https://protobuf.dev/programming-guides/encoding/

    Raises:
        ValueError: the data end within it, or it has more than 64 bits.
    """
    value = shift = 0
    while shift < MOST_BITS:
        if at >= len(data):
            raise ValueError("the data end inside a varint")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # the last byte of a varint
            return value, at
    raise ValueError("a varint has more than 64 bits")


def fields(data: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: number and value, nested messages and texts as views that copy nothing.

    Raises:
        ValueError: it is no message.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        tag, at = varint(view, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = varint(view, at)
            yield number, value
            continue
        size, at = varint(view, at) if wire == BYTES else (FIXED.get(wire, -1), at)
        if size < 0 or number == 0 or at + size > len(view):
            raise ValueError(f"field {number} of wire type {wire} does not fit in")
        yield number, view[at : at + size] if wire == BYTES else int.from_bytes(view[at : at + size], "little")
        at += size


def signed(value: int) -> int:
    """A number of 64 bits as int64 writes it."""
    return value - (1 << 64) if value >> 63 else value


class Message:
    """A message whose fields are looked up by number; one that is missing is "", 0 or empty, as the format has it."""

    def __init__(self, data: bytes | memoryview = b"") -> None:
        """Split a message into its fields.

        Raises:
            ValueError: it is none.
        """
        self._fields: dict[int, list[int | memoryview]] = {}
        for number, value in fields(data):
            self._fields.setdefault(number, []).append(value)

    def all(self, number: int) -> Iterator["Message"]:
        """The messages of a repeated field.

        Raises:
            ValueError: it holds something else.
        """
        for value in self._fields.get(number, ()):
            yield Message(_bytes(value))

    def one(self, number: int) -> "Message":
        """The message of a field, the last one if it is repeated.

        Raises:
            ValueError: it holds something else.
        """
        return Message(_bytes(self._fields.get(number, [memoryview(b"")])[-1]))

    def text(self, number: int) -> str:
        """The text of a field.

        Raises:
            ValueError: it holds something else.
        """
        return bytes(_bytes(self._fields.get(number, [memoryview(b"")])[-1])).decode("utf-8", "replace")

    def integer(self, number: int) -> int:
        """The number of a field.

        Raises:
            ValueError: it holds something else.
        """
        value = self._fields.get(number, [0])[-1]
        if not isinstance(value, int):
            raise ValueError(f"field {number} is not a number")  # noqa: TRY004  nonsense like any other
        return signed(value)


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("there is a scalar where a message is expected")  # noqa: TRY004  nonsense like any other
    return value
