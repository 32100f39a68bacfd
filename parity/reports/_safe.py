"""Make everything that comes from a model safe to print, in one place, before any renderer for people sees it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from operator import is_not
from typing import Any, TypeVar

from parity._printable import printable

T = TypeVar("T")


def safe(found: T) -> T:
    """The same report, run or summary, whose texts hold nothing that acts on a terminal, breaks a line or hides."""
    made: T = _safe(found)
    return made


def _safe(value: Any) -> Any:
    kind: Any = type(value)
    if kind is str:
        return value if value.isprintable() else printable(value)
    if kind is tuple or kind is list:
        made = [_safe(each) for each in value]
        return kind(made) if any(map(is_not, made, value)) else value
    names = _names(kind)
    if names:
        changes = {name: new for name in names if (new := _safe(old := getattr(value, name))) is not old}
        return replace(value, **changes) if changes else value
    if isinstance(value, Mapping):
        return {_safe(key): _safe(each) for key, each in value.items()}
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; none of anything else."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()
