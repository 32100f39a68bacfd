"""The value types that every renderer reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from parity.census import Headline
from parity.graph import Evidence, Framework, Gap, Shape, Weight
from parity.rules import Finding, Profile, Severity, Step


class Verdict(StrEnum):
    """The answer to a profile's question."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes:
        paths: the layers of its own summary.
        presumed: its source does not record what is frozen; the split is presumed from roles.
        uncounted: layers that have weights which are not there to be counted.
    """

    source: str
    framework: Framework
    format: str
    producer: str
    evidence: Evidence
    headline: Headline
    census: Mapping[str, int]
    paths: tuple[str, ...]
    presumed: bool
    uncounted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Layers that are each other's counterpart, under their own names."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Ledger:
    """The way from the left headline total to the right one, in elements."""

    left_total: int
    right_total: int
    steps: tuple[Step, ...]

    @property
    def remainder(self) -> int:
        """What no step accounts for; anything but 0 is an error."""
        return self.right_total - self.left_total - sum(step.delta for step in self.steps)


@dataclass(frozen=True)
class Report:
    """The outcome of a comparison.

    Attributes:
        chosen: the profile was not asked for, but chosen by what the sources can tell.
        facets: ``same``, ``explained``, ``different`` or ``unchecked`` for each facet.
        links: aligned layers; ``left_only`` and ``right_only`` are those without a counterpart.
        findings: with their severities, the most severe first, causes before what follows from them.
    """

    left: Side
    right: Side
    profile: Profile
    chosen: bool
    verdict: Verdict
    facets: Mapping[str, str]
    links: tuple[Link, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]
    findings: tuple[tuple[Finding, Severity], ...]
    ledger: Ledger

    def fails(self, fail_on: str) -> bool:
        """Whether a gate at this level stays closed.

        Args:
            fail_on: ``error`` or ``warning`` (anything but equivalent: what could not be decided is no pass), ``info``
                (any finding at all), or ``never``.
        """
        if fail_on == "never":
            return False
        return self.verdict is not Verdict.EQUIVALENT or (fail_on == "info" and bool(self.findings))


@dataclass(frozen=True)
class Row:
    """One layer of a summary, under its own name and as its own framework counts it.

    Attributes:
        shapes: output shape of each call, None for the batch; empty where it is not known, for the ``reason`` given.
        formula: the arithmetic that gives ``params``, "" where there are none or the stored tensors are not reproduced.
        uncounted: why its weights are not among ``params``, though it has some.
    """

    path: str
    kind: str
    type: str
    shapes: tuple[Shape, ...]
    reason: str
    params: int
    trainable: int
    frozen: int
    state: int
    formula: str
    uncounted: str
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class Summary:
    """A model's layers and counts; ``containers`` are nested models with the elements that they hold."""

    side: Side
    rows: tuple[Row, ...]
    containers: tuple[tuple[str, str, int], ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes: ``width`` in columns, None for no limit (a pipe or file), and whether it shows colour."""

    width: int | None = None
    colour: bool = False


@dataclass(frozen=True)
class Renderer:
    """A format: how it says a report, and how a summary, each as text."""

    name: str
    title: str
    report: Callable[[Report, Screen], str]
    summary: Callable[[Summary, Screen], str]
