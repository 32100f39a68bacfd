"""The value types that every renderer reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parity.census import Headline
from parity.graph import Evidence, Framework, Mode, Shape
from parity.outputs import Certificate, Outputs
from parity.policy import is_open, is_real
from parity.reports._shown import Shown
from parity.rules import Finding, Profile, Severity, Step
from parity.transfer import State as Values


class Verdict(StrEnum):
    """The answer to a profile's question."""

    EQUIVALENT = "equivalent"
    DIFFERENT = "different"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Box:
    """A layer of one side as it was compared, for drawing.

    Attributes:
        path: unique on its side.
        name: the path that a person knows it by; several may have the same.
        shape: of its first output, None where that is not known.
        params: elements that its framework's headline counts.
        inputs: paths of the boxes that it gets its inputs from.
    """

    path: str
    name: str
    op: str
    shape: Shape | None
    params: int
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes:
        paths: the layers of its own summary.
        boxes: the layers as they were compared, producers before consumers.
        presumed: its source does not record what is frozen; the split is presumed from roles.
        uncounted: layers that have weights which are not there to be counted.
        mode: the mode that it was saved or traced in.
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
    boxes: tuple[Box, ...] = ()
    mode: Mode = Mode.BOTH


@dataclass(frozen=True, slots=True)
class Link:
    """Layers that are each other's counterpart, under their own names; ``boxes`` are the paths of both boxes."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str
    boxes: tuple[str, str] = ("", "")


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


@dataclass(frozen=True, slots=True)
class Tensor:
    """A weight whose numbers were compared.

    Attributes:
        left, right: the stored tensors that it is made of, "" where a side has none.
        layers: the layers as a person knows them.
        role: of the weight.
        expression: what the right one is to be, as code over the left.
        state: what came of it.
        max_abs: the largest difference of two elements; None where one side has digests only.
        rel_l2: the norm of the difference over that of the left; None where one side has digests only.
        why: the diagnosis, or the reason why it was not compared.
    """

    left: str
    right: str
    layers: tuple[str, str]
    role: str
    expression: str
    state: Values
    max_abs: float | None
    rel_l2: float | None
    why: str


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """The outcome of a comparison.

    Attributes:
        chosen: the profile was not requested, but chosen by what the sources record.
        facets: ``same``, ``explained``, ``different`` or ``unchecked`` for each facet.
        links: aligned layers; ``left_only`` and ``right_only`` are those without a counterpart.
        findings: with their severities, the most severe first, causes before what follows from them.
        class_ledgers: the same for the elements of each class, counted by a headline or not.
        left_out: findings of rules that the user ignores; the ledger counts them nevertheless.
        accepted: the reasons for which findings are accepted, by fingerprint.
        weights: the weights whose values were compared; None if not requested.
        outputs: the comparison of outputs; None if not requested.
        certificate: the result of evaluating both models before calling them equivalent; None if not requested.
        walks: makes a ``Walk`` for each of some rows, for the few who ask; None where the graphs are not at hand.
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
    class_ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    left_out: tuple[Finding, ...] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)
    weights: "tuple[Tensor, ...] | None" = None
    outputs: Outputs | None = None
    certificate: Certificate | None = None
    walks: "Callable[..., tuple[Any, ...]] | None" = field(default=None, compare=False, repr=False)

    @property
    def verified(self) -> str:
        """Whether the answer rests on both models having been computed, or on their structure only."""
        return "computed" if self.certificate is not None and self.certificate.computed else "structure"

    def __bool__(self) -> bool:
        """A report is neither true nor false: ``assert parity.compare(a, b)`` would pass for any two models.

        Raises:
            TypeError: always.
        """
        __tracebackhide__ = True
        raise TypeError(
            "a report has no truth value: use report.verdict, report.fails('error'), or assert_parity(a, b)"
        )

    def fails(self, fail_on: str) -> bool:
        """Whether a gate at this level stays closed.

        Args:
            fail_on: ``error`` (what answers the question with no or could not be decided, and nothing compared),
                ``warning`` (also a finding that the user calls one), ``info`` (any finding at all), or ``never``.
        """
        if fail_on == "never":
            return False
        standing = [each for each in self.findings if each[0].fingerprint not in self.accepted]
        if not self.links or any(is_real(*each) or is_open(*each) for each in standing):
            return True
        levels = {"error": (), "warning": (Severity.WARNING,)}.get(fail_on, tuple(Severity))
        return any(severity in levels for _, severity in standing)


class State(StrEnum):
    """The state of a pair in a gate."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    """The job could not be done."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the configuration, from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Outcome:
    """The result of one pair.

    Attributes:
        left, right: the models as the user named them.
        report: None if the pair could not be compared.
        failure: why it could not be compared.
        fail_on: the lowest severity that fails the pair.
        place: where the pair is configured; None if it was named on the command line.
    """

    name: str
    left: str
    right: str
    report: Report | None
    failure: str = ""
    fail_on: str = "error"
    place: Place | None = None

    @property
    def state(self) -> State:
        """Passed only if there is a report that lets it."""
        if self.report is None:
            return State.BROKEN
        return State.FAILED if self.report.fails(self.fail_on) else State.PASSED


@dataclass(frozen=True, slots=True)
class Note:
    """A note about the configuration: a suppression that is unused or expired."""

    rule: str
    severity: Severity
    message: str
    place: Place | None = None


@dataclass(frozen=True, repr=False)
class Run(Shown):
    """The result of one run of the gate."""

    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...] = ()
    fail_on: str = "error"

    @property
    def state(self) -> State:
        """Passed only if something was compared, every pair passed, and no note is as severe as is asked for."""
        states = {outcome.state for outcome in self.outcomes}
        if State.BROKEN in states or not self.outcomes:
            return State.BROKEN
        at = {"error": (Severity.ERROR,), "never": ()}.get(self.fail_on, (Severity.ERROR, Severity.WARNING))
        noted = any(note.severity in at for note in self.notes)
        return State.FAILED if noted or State.FAILED in states else State.PASSED

    def number(self, state: State) -> int:
        """How many pairs ended so."""
        return sum(outcome.state is state for outcome in self.outcomes)


def run_of(report: Report, fail_on: str = "error") -> Run:
    """A comparison as a run of one pair."""
    return Run((Outcome("", report.left.source, report.right.source, report, fail_on=fail_on),), (), fail_on)
