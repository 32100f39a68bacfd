"""Objects of a snapshot's JSON, of which every key is asked for and nothing is left over."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Malformed(Exception):
    """Something is not as a snapshot has it."""


class Record:
    """An object of the file: gives fields of the type that is asked for, and knows what it is for messages."""

    def __init__(self, data: Any, what: str) -> None:
        if not isinstance(data, dict):
            raise Malformed(f"{what} is not an object")
        self.data, self.what, self.left = data, what, set(data)

    def get(self, key: str, default: Any = None) -> Any:
        self.left.discard(key)
        return self.data.get(key, default)

    def need(self, key: str, kind: type[T], default: T | None = None) -> T:
        value = self.get(key, default)
        if type(value) is not kind:
            raise Malformed(f"{key} of {self.what} is not of type {kind.__name__}")
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        value = self.get(key)
        if value not in [each.value for each in kind]:
            raise Malformed(f"{key} of {self.what} is {str(value)[:40]!r}")
        return kind(value)

    def names(self, key: str) -> tuple[str, ...]:
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Malformed(f"{key} of {self.what} is not a list of names")
        return tuple(value)

    def by_name(self, key: str) -> dict[str, str]:
        value = self.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise Malformed(f"{key} of {self.what} holds something other than names")
        return value

    def each(self, key: str, make: Callable[["Record"], T]) -> tuple[T, ...]:
        value = self.get(key, [])
        if not isinstance(value, list):
            raise Malformed(f"{key} of {self.what} is not a list")
        return tuple(made(make, Record(each, f"{key} {at + 1}")) for at, each in enumerate(value))

    def each_named(self, key: str, make: Callable[["Record", str], T]) -> dict[str, T]:
        value = self.get(key)
        if not isinstance(value, dict):
            raise Malformed(f"{key} of {self.what} is not an object")
        return {name: made(make, Record(each, f"{key} {name!r}"), name) for name, each in value.items()}

    def ends(self) -> None:
        if self.left:
            raise Malformed(f"{self.what} has {min(self.left)!r}, which is not a known key")


def made(make: Callable[..., T], record: Record, *rest: Any) -> T:
    """What is made of a record, of which nothing is left over."""
    found = make(record, *rest)
    record.ends()
    return found
