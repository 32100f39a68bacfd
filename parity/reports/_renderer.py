"""What a format is, and where what it says goes."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

from parity.reports._contract import Report, Run, run_of
from parity.reports._explanation import Explained
from parity.reports._shown import Shown
from parity.reports._summary import Summary


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes, and how much of it.

    Attributes:
        width: in columns, None for no limit (a pipe or file).
        full: findings of several layers are told of each.
        layers: with the table of both models.
        passed: with the reports of pairs that passed.
        command: what was asked for, as a person wrote it; "" where that is not known.
        made: the day of the report; "" where none is to be told.
    """

    width: int | None = None
    colour: bool = False
    full: bool = False
    layers: bool = False
    passed: bool = False
    command: str = ""
    made: str = ""


def asked() -> tuple[str, str]:
    """The command of this process as a person may write it again, and the day."""
    program, *arguments = sys.argv or [""]
    path = PurePath(program)
    name = path.parent.name if path.stem == "__main__" else path.stem
    return shlex.join([name, *arguments]), datetime.now(UTC).date().isoformat()


def file_screen() -> Screen:
    """Where the text of a file goes: as wide as it likes, and with what was asked for and when."""
    command, day = asked()
    return Screen(command=command, made=day)


@dataclass(frozen=True, slots=True)
class Renderer:
    """A format: how it says the report of one comparison, a run of the gate, and a summary, each as text.

    Attributes:
        report: None where a comparison is said as a run of one pair.
        summary, explained: None where the format has no way to say it.
    """

    name: str
    title: str
    run: Callable[[Run, Screen], str]
    report: Callable[[Report, Screen], str] | None = None
    summary: Callable[[Summary, Screen], str] | None = None
    explained: Callable[[Explained, Screen], str] | None = None

    def compared(self, found: Report, screen: Screen, fail_on: str = "error") -> str:
        """The report of one comparison."""
        return self.report(found, screen) if self.report is not None else self.run(run_of(found, fail_on), screen)

    def of(self, shown: Shown, screen: Screen) -> str | None:
        """Whatever there is to say; None where the format has no way to say it."""
        if isinstance(shown, Report):
            return self.compared(shown, screen)
        if isinstance(shown, Run):
            return self.run(shown, screen)
        if isinstance(shown, Summary):
            return self.summary(shown, screen) if self.summary is not None else None
        if isinstance(shown, Explained):
            return self.explained(shown, screen) if self.explained is not None else None
        return None


def printed(shown: Shown) -> str:
    """What the command prints of it, where nothing limits the width."""
    from parity.reports.text import RENDERER

    return (RENDERER.of(shown, Screen()) or "").strip("\n")
