"""A line on the terminal that says what a command is at, while that takes long."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from parity._printable import printable
from parity._stages import telling

PATIENCE = 1.0
"""Seconds before anything is said."""

STEP = 0.25
"""Seconds between two looks."""

CLEAR = "\r\x1b[K"


class Progress:
    """One line on standard error, written anew until the work is done; nothing where nobody looks at a terminal."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self.subject = ""
        self._stage, self._shown = "", False
        self._started, self._stage_started = time.monotonic(), time.monotonic()
        self._done, self._lock = threading.Event(), threading.Lock()

    def enter(self, stage: str) -> None:
        """The next stage begins."""
        if stage != self._stage:
            self._stage, self._stage_started = stage, time.monotonic()

    def about(self, subject: str) -> None:
        """Another pair begins."""
        self.subject = subject
        self._started = self._stage_started = time.monotonic()
        self._stage = ""

    def say(self, text: str) -> None:
        """Write something else in the place of the line, which comes again below it."""
        with self._lock:
            self._clear()
            click.echo(text, err=True)

    def _clear(self) -> None:
        """Take the line away; the lock is held."""
        with suppress(OSError, ValueError):
            if self._shown:
                sys.stderr.write(CLEAR)
                sys.stderr.flush()
        self._shown = False

    def watch(self) -> None:
        """Write the line until the work is done."""
        while not self._done.wait(STEP):
            now = time.monotonic()
            if self._stage and now - self._started >= PATIENCE:
                self._write(now)

    def _write(self, now: float) -> None:
        subject = f"{printable(self.subject)}: " if self.subject else ""
        text = f"parity: {subject}{self._stage} ({now - self._stage_started:.0f} s)"
        with self._lock, suppress(OSError, ValueError):
            if not self._done.is_set():
                sys.stderr.write(f"{CLEAR}{text[: shutil.get_terminal_size().columns - 1]}")
                sys.stderr.flush()
                self._shown = True

    def finish(self) -> None:
        """The work is done."""
        self._done.set()
        with self._lock:
            self._clear()


def is_watched() -> bool:
    """Whether a person looks: standard error is a terminal that can rewrite a line, and nothing else goes there."""
    terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return terminal and not os.environ.get("CI") and not os.environ.get("PARITY_TRACE")


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Say what the work within is at, from its first second on."""
    progress = Progress()
    if quiet or not is_watched():
        yield progress
        return
    watcher = threading.Thread(target=progress.watch, daemon=True)
    watcher.start()
    try:
        with telling(progress):
            yield progress
    finally:
        progress.finish()
        watcher.join()
