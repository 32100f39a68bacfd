"""How the values of attributes are written in JSON, which knows fewer of them than Python."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from parity.graph import Unknown

VERSION = 1
MARK = "parity_snapshot"
"""The first key of every snapshot; its value is the version of the schema."""


def plain(value: Any) -> Any:
    """A value as JSON: an array is a tuple, an object a dict of texts, and anything else says what it is.

    Raises:
        TypeError: it is nothing that an attribute can be.
    """
    if value is None or type(value) in {bool, int, str}:
        return value
    if type(value) is float:
        return value if isfinite(value) else {"$float": str(value)}
    if type(value) is tuple:
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: plain(each) for key, each in value.items()}
        return {"$dict": [[plain(key), plain(each)] for key, each in value.items()]}
    return _tagged(value)


def _tagged(value: Any) -> Any:
    if type(value) is list:
        return {"$list": [plain(each) for each in value]}
    if isinstance(value, set | frozenset):
        return {"$set": [plain(each) for each in sorted(value, key=repr)]}
    if type(value) is bytes:
        return {"$bytes": value.hex()}
    if type(value) is complex:
        return {"$complex": [plain(value.real), plain(value.imag)]}
    if isinstance(value, Unknown):
        return {"$unknown": [value.reason, value.remedy]}
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__}")


def python(value: Any) -> Any:
    """What ``plain`` was given.

    Raises:
        ValueError, TypeError: a tag stands before something else than it says.
    """
    if isinstance(value, list):
        return tuple(python(each) for each in value)
    if not isinstance(value, dict):
        return value
    tag = next(iter(value), "")
    if not tag.startswith("$"):
        return {key: python(each) for key, each in value.items()}
    if len(value) != 1 or tag not in _MAKERS:
        raise ValueError(f"{tag} is not a tag")
    return _untagged(tag, value[tag])


def _untagged(tag: str, held: Any) -> Any:
    text = tag in {"$float", "$bytes"}
    if not isinstance(held, str if text else list):
        raise TypeError(f"{tag} holds something else")
    return _MAKERS[tag](held)


def _complex(held: Any) -> complex:
    real, imaginary = (python(each) for each in held)
    return complex(real, imaginary)


def _unknown(held: Any) -> Unknown:
    reason, remedy = held
    if not isinstance(reason, str) or not isinstance(remedy, str):
        raise TypeError("$unknown holds something else")
    return Unknown(reason, remedy)


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "$list": lambda held: [python(each) for each in held],
    "$set": lambda held: frozenset(python(each) for each in held),
    "$dict": lambda held: {python(key): python(each) for key, each in held},
    "$bytes": bytes.fromhex,
    "$float": float,
    "$complex": _complex,
    "$unknown": _unknown,
}
