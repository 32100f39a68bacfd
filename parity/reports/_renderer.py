"""What a format is, and where what it says goes."""

from collections.abc import Callable
from dataclasses import dataclass

from parity.reports._contract import Report, Run, run_of
from parity.reports._explanation import Explained
from parity.reports._summary import Summary


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes, and how much of it.

    Attributes:
        width: in columns, None for no limit (a pipe or file).
        full: findings of several layers are told of each.
        layers: with the table of both models.
    """

    width: int | None = None
    colour: bool = False
    full: bool = False
    layers: bool = False


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


def printed(found: Report | Summary | Explained) -> str:
    """What the command prints of it, where nothing limits the width."""
    from parity.reports._text_summary import summary
    from parity.reports._text_walk import explained
    from parity.reports.text import report

    screen = Screen()
    if isinstance(found, Report):
        return report(found, screen).strip("\n")
    said = summary(found, screen) if isinstance(found, Summary) else explained(found, screen)
    return said.strip("\n")
