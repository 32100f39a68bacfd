"""Make everything that comes from a model safe to print, in one place, before any renderer for people sees it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from parity._printable import printable

T = TypeVar("T")


def safe(found: T) -> T:
    """The same report, run or summary, whose texts hold nothing that acts on a terminal, breaks a line or hides."""
    made: T = _safe(found)
    return made


def _safe(value: Any) -> Any:
    if type(value) is str:
        return printable(value)
    if type(value) is tuple or type(value) is list:
        made = [_safe(each) for each in value]
        changed = any(new is not old for new, old in zip(made, value, strict=True))
        return type(value)(made) if changed else value
    if isinstance(value, Mapping):
        return {_safe(key): _safe(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        made_fields = {each.name: _safe(getattr(value, each.name)) for each in fields(value)}
        changed_fields = {name: new for name, new in made_fields.items() if new is not getattr(value, name)}
        return replace(value, **changed_fields) if changed_fields else value
    return value
