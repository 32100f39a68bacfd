"""Who wants to know of each assertion about two models: a running test. Every session of pytest loads this."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

FINDINGS = 10
"""Findings that a failure spells out."""


@dataclass(frozen=True)
class Listener:
    """What a test wants to know, and how it is told.

    Attributes:
        heard: takes each report, and whether it passed; gives the path of the full report, or "".
        compared: takes each report that nobody has asserted anything of, where ``every`` one is wanted.
        broken: takes both models as they are named, and why they could not be compared.
        unchanged: is called for a snapshot that was the same word for word, so that nothing had to be compared.
        every: all is wanted, for a report: what is the same word for word is to be compared all the same.
        findings: how many a failure spells out.
    """

    heard: Callable[[Any, bool], str]
    compared: Callable[[Any], None]
    broken: Callable[[str, str, str], None]
    unchanged: Callable[[], None]
    every: bool = False
    findings: int = FINDINGS


LISTENER: ContextVar[Listener | None] = ContextVar("LISTENER", default=None)


def tell_compared(report: Any) -> None:
    """Say that two models were compared, whatever is made of it."""
    listener = LISTENER.get()
    if listener is not None and listener.every:
        listener.compared(report)


def tell_broken(left: Any, right: Any, why: str) -> None:
    """Say that two models could not be compared."""
    listener = LISTENER.get()
    if listener is not None:
        listener.broken(_name(left), _name(right), why)


def _name(model: Any) -> str:
    return str(model) if isinstance(model, str) or hasattr(model, "__fspath__") else type(model).__name__
