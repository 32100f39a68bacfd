"""What parity says of a pair, held against the truth."""

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import parity

SLOWEST = 20
"""Seconds for a comparison; more is a hang."""

_first = iter((4 * SLOWEST,))
"""The seconds of the first comparison of a process, which loads the frameworks."""

VERIFY = "FUZZ_VERIFY"
"""The environment variable that says whether what is called equivalent is computed, as ``parity.compare`` takes it."""

UNSOUND = "the graph is not sound"
"""What ``PARITY_VERIFY=1``, under which random pairs are compared, says of a pass that has broken a graph."""

FAULTS = ("false pass", "false alarm", "crash", "hang", "miscount")


class Hang(BaseException):
    """A comparison that takes too long."""


@dataclass(frozen=True)
class Outcome:
    """What came of a pair.

    Attributes:
        status: ``ok``, ``open`` (nothing decided), ``neutral`` (a change without effect), ``skipped``, or one of FAULTS.
        verdict: parity's own word.
        note: what is worth telling: findings, or the last lines of a traceback.
    """

    status: str
    verdict: str = ""
    note: str = ""
    seconds: float = 0.0


@contextmanager
def limited(seconds: int = SLOWEST) -> Iterator[None]:
    """Stop what takes longer."""

    def stop(_signal: int, _frame: Any) -> None:
        raise Hang

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def compared(left: Any, right: Any, **given: Any) -> tuple[str, str, float]:
    """The verdict, what is told of it, and the seconds it took; a crash or hang is a verdict, too."""
    began = time.perf_counter()
    try:
        with limited(next(_first, SLOWEST)):
            report = parity.compare(left, right, **{"verify": os.environ.get(VERIFY, "off"), **given})
        verdict = str(report.verdict.value)
        note = "; ".join(f"{finding.rule} ({severity})" for finding, severity in report.findings)
    except parity.ParityError as error:
        verdict, note = "crash" if UNSOUND in str(error) else "refused", str(error)
    except Hang:
        verdict, note = "hang", ""
    except Exception as error:
        verdict, note = "crash", f"{type(error).__name__}: {error} at {_place(error)}"
    return verdict, note, time.perf_counter() - began


def _place(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/parity/" in frame.filename]
    if not frames:
        return "?"
    return f"{Path(frames[-1].filename).parent.name}/{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}"


def judged(kind: str, verdict: str, truth: Callable[[], str]) -> str:
    """The status of a verdict; the truth is computed where it matters."""
    if verdict in {"crash", "hang"}:
        return verdict
    if verdict in {"inconclusive", "refused"}:  # a model that does not run, a layer of two widths, is not asked about
        return "skipped" if kind == "copy" and truth() in {"uncertain", "refused"} else "open"
    if kind == "copy":  # what an exporter writes may compute something else, or not run
        return "ok" if verdict == "equivalent" else "skipped" if truth() in {"differ", "refused"} else "false alarm"
    if kind == "rewriting":
        if verdict == "equivalent":
            return "ok"
        return "false alarm" if truth() == "same" else "skipped"
    if verdict == "different":
        return "ok"
    return {"differ": "false pass", "same": "neutral", "uncertain": "skipped", "refused": "skipped"}[truth()]
