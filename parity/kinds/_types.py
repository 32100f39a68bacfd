"""Settings of a stranger's file may be of any type: what every kind takes for a number has to be one."""

from collections.abc import Iterable, Mapping
from typing import Any

from parity.graph import Unknown
from parity.kinds._contract import Draft

NUMBERS = {"epsilon", "momentum", "rate", "negative_slope", "alpha", "beta", "threshold", "low", "high", "scale"} | {
    *("softcap", "dropout", "value", "recurrent_dropout", "coefficient", "filters", "groups"),
}
"""Attributes that rules and passes compute with, whatever the kind."""

LARGEST = 1 << 64

RECORDS = {"parts", "settings", "sizes", "letters"}
"""Attributes that kinds make records of themselves."""

WORDS = {"momentum": {"cumulative average"}}


def wrong_type(drafts: Iterable[Draft]) -> str:
    """Which attribute is none that a layer can have, and what it is; "" where all are as they should be."""
    for draft in drafts:
        if draft.kind != "opaque":
            for name, value in draft.attributes.items():
                if not _fits(name, value):
                    return f"{name} is {str(value)[:40]!r}"
    return ""


def _fits(name: str, value: Any) -> bool:
    if _is_huge(value):
        return False
    if name not in NUMBERS or value is None or isinstance(value, Unknown | int | float):
        return name in RECORDS or not _holds_records(value)
    if isinstance(value, tuple):
        return all(isinstance(each, int | float | tuple) for each in value) and name not in SINGLE
    return isinstance(value, str) and value in WORDS.get(name, ())


SINGLE = {"epsilon", "momentum", "rate", "negative_slope", "dropout", "recurrent_dropout", "softcap"} | {
    *("filters", "groups"),
}
"""Those that are one number."""


def _is_huge(value: Any) -> bool:
    """Whether there is a whole number in it that no framework can hold."""
    if isinstance(value, tuple):
        return any(map(_is_huge, value))
    return isinstance(value, int) and abs(value) > LARGEST


def _holds_records(value: Any) -> bool:
    """Whether a mapping stands where a plain value should."""
    return isinstance(value, Mapping) or (isinstance(value, tuple) and any(map(_holds_records, value)))
