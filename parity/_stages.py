"""What a comparison is at, for whoever tells a person who waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Teller(Protocol):
    """Who wants to know."""

    def about(self, subject: str) -> None:
        """The work on a pair of this name begins."""

    def enter(self, stage: str) -> None:
        """A stage of that begins."""


_TELLER: ContextVar[Teller | None] = ContextVar("TELLER", default=None)


def about(subject: str) -> None:
    """Say which of several pairs is compared from now on."""
    teller = _TELLER.get()
    if teller is not None:
        teller.about(subject)


def enter(stage: str) -> None:
    """Say what begins now: ``reading``, ``normalising``, ``aligning``, ``comparing``."""
    teller = _TELLER.get()
    if teller is not None:
        teller.enter(stage)


@contextmanager
def telling(teller: Teller) -> Iterator[None]:
    """Tell this one of all that begins meanwhile."""
    token = _TELLER.set(teller)
    try:
        yield
    finally:
        _TELLER.reset(token)
