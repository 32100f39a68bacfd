"""Suppressions as tables: of ``parity.toml``, or as a test writes them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from parity.errors import UsageError
from parity.policy import known, nearest
from parity.suppression import Suppression

KEYS = ("rule", "reason", "pair", "layer", "delta", "until")


def suppressions(given: Iterable[Suppression | Mapping[str, Any]], where: str) -> tuple[Suppression, ...]:
    """Suppressions as they are, and tables of them as in ``parity.toml``.

    Raises:
        UsageError: something is neither.
    """
    if isinstance(given, Suppression | Mapping | str):
        raise UsageError(
            f"cannot use {where}", "it is not a list", remedy='write [{"rule": "epsilon", "reason": "..."}]'
        )
    return tuple(each if isinstance(each, Suppression) else suppression_of(each, where) for each in given)


def suppression_of(data: Any, where: str) -> Suppression:
    """One table.

    Raises:
        UsageError: it has an unknown or invalid key, or no reason.
    """
    if not isinstance(data, Mapping):
        remedy = 'write {"rule": "epsilon", "reason": "..."}'
        raise UsageError(f"cannot use {where}", "a suppression is not a table", found=repr(data)[:40], remedy=remedy)
    expect_keys(data, KEYS, "a suppression", where)
    rule = text_of(data, "rule", "a suppression", where)
    known([rule], f"a suppression in {where}")
    delta = data.get("delta")
    if delta is not None and (not isinstance(delta, int) or isinstance(delta, bool)):
        raise UsageError(f"cannot suppress {rule} in {where}", "delta is not a number", found=repr(delta)[:40])
    return Suppression(
        rule=rule,
        reason=text_of(data, "reason", f"the suppression of {rule}", where),
        pair=text_of(data, "pair", "a suppression", where) if "pair" in data else "",
        layer=text_of(data, "layer", "a suppression", where) if "layer" in data else "",
        delta=delta,
        until=_day(data.get("until"), rule, where),
    )


def _day(value: Any, rule: str, where: str) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        remedy = "write it as 2027-03-31"
        cause, found = "until is not a date", repr(value)[:40]
        raise UsageError(f"cannot suppress {rule} in {where}", cause, found=found, remedy=remedy) from error


def expect_keys(data: Mapping[str, Any], expected: Iterable[str], what: str, where: str) -> None:
    """Refuse a table with an unknown key.

    Raises:
        UsageError: it has one.
    """
    for key in data:
        if key not in expected:
            remedy = nearest(str(key), tuple(expected), f"known are {', '.join(expected)}")
            raise UsageError(f"cannot use {where}", f"{what} has no key {key!r}", remedy=remedy)


def text_of(data: Mapping[str, Any], key: str, what: str, where: str) -> str:
    """The text of a key.

    Raises:
        UsageError: there is none, or it is not text.
    """
    value = data.get(key)
    if isinstance(value, str) and value.strip():
        return value
    cause = f"{what} needs {key}, as text" if value is None else f"{key} of {what} is not text"
    raise UsageError(f"cannot use {where}", cause, found="" if value is None else repr(value)[:40])
