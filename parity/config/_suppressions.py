"""Suppressions as a test writes them, each a table as in ``parity.toml``."""

from collections.abc import Iterable, Mapping
from typing import Any

from parity.errors import UsageError
from parity.suppression import Suppression


def suppressions(given: Iterable[Suppression | Mapping[str, Any]], where: str) -> tuple[Suppression, ...]:
    """Suppressions as they are, and tables of them as in ``parity.toml``.

    Raises:
        UsageError: something is neither.
    """
    if isinstance(given, Suppression | Mapping | str):
        raise UsageError(
            f"cannot use {where}", "it is not a list", remedy='write [{"rule": "epsilon", "reason": "..."}]'
        )
    return tuple(each if isinstance(each, Suppression) else _suppression(each, where) for each in given)


def _suppression(data: Any, where: str) -> Suppression:
    from parity.config._converting import converted
    from parity.config._tables import SuppressTable, given

    return Suppression(**given(converted(data, SuppressTable, f"cannot use {where}", "a suppression")))
