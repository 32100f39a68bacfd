"""The assertion: two models are the same, or a text that says why not."""

from collections.abc import Iterable, Mapping
from typing import Any

from parity._listening import FINDINGS, LISTENER, tell_broken
from parity.adapters import Inputs, for_both
from parity.check import choosing, examine
from parity.config import suppressions
from parity.errors import MissingFramework, ParityError
from parity.outputs import OUTPUT_RTOL, asking
from parity.policy import NOTHING
from parity.reports import Report, failure_text
from parity.suppression import Suppression, accepting
from parity.transfer import RTOL


class Mismatch(AssertionError):
    """Two models that are not the same, as far as was asked."""

    __module__ = "parity"  # where it is public: what a failed test shows of it

    def __init__(self, text: str, report: Report) -> None:
        """``report`` has all that the text leaves out."""
        super().__init__(text)
        self.report = report

    def __reduce__(self) -> tuple[type["Mismatch"], tuple[str, Report]]:
        """What another process makes it again of."""
        return Mismatch, (str(self), self.report)


def assert_parity(  # noqa: PLR0913  what can be asked of a comparison
    left: Any,
    right: Any,
    *,
    profile: str | None = None,
    inputs: Inputs | None = None,
    left_inputs: Inputs | None = None,
    right_inputs: Inputs | None = None,
    map: Mapping[str, str] | None = None,  # noqa: A002  the word of the command line
    ignore: str | Iterable[str] = (),
    suppress: Iterable[Suppression | Mapping[str, Any]] = (),
    fail_on: str = "error",
    weights: bool = False,
    rtol: float = RTOL,
    outputs: bool = False,
    data: Any = None,
    output_rtol: float = OUTPUT_RTOL,
    verify: str = "auto",
    match_outputs: Mapping[str, str] | None = None,
    only_outputs: str | Iterable[str] = (),
) -> Report:
    """Fail unless two models are the same.

    Args:
        left: a path, or a live model.
        right: another one.
        profile: the question, as ``parity.compare`` takes it.
        inputs: example inputs for live models that need them.
        left_inputs: for the left side only.
        right_inputs: for the right side only.
        map: layers that are matched by hand, left to right.
        ignore: rules whose findings are ignored, unless they are undecided.
        suppress: accepted differences, each with its reason: as in ``parity.toml``,
            ``[{"rule": "epsilon", "reason": "..."}]``.
        fail_on: the lowest severity that fails; undecided findings count as error.
        weights: compare the values of all weights, too.
        rtol: tolerance of an element, relative to the largest of its weight.
        outputs: compare the outputs of both models on the same inputs, too.
        data: the inputs for that, as ``parity.compare`` takes them; None for random ones.
        output_rtol: the relative error up to which outputs are the same.
        verify: ``off``, ``auto`` or ``full``: whether to evaluate both models before calling them equivalent.
        match_outputs: outputs of the left and their counterparts on the right, by name.
        only_outputs: the names of the outputs that are compared; the others are left out.

    Returns:
        The report.

    Raises:
        Mismatch: the models differ, or it could not be decided whether they do.
    """
    __tracebackhide__ = True
    examples, policy = for_both(inputs, left_inputs, right_inputs), NOTHING.ignoring(ignore)
    told: dict[str, Any] = {"profile": profile, "map": map, "policy": policy, "rtol": rtol if weights else None}
    asked = asking(outputs=outputs, data=data, rtol=output_rtol, verify=verify)
    told["choice"] = choosing(match_outputs, only_outputs)
    accepted = suppressions(suppress, "suppress")
    try:
        report, _ = examine(left, right, examples, **told, asked=asked)
    except MissingFramework:
        raise  # which may skip the test
    except ParityError as error:
        tell_broken(left, right, str(error))
        raise
    return passed(accepting(report, accepted), fail_on)


def passed(report: Report, fail_on: str, note: str = "") -> Report:
    """The report, if it passes; whoever listens is told in any case.

    Args:
        report: what was found.
        fail_on: from which severity on it fails.
        note: what a failure is to say at its end.

    Raises:
        Mismatch: it does not pass.
    """
    __tracebackhide__ = True
    failed = report.fails(fail_on)
    listener = LISTENER.get()
    path = listener.heard(report, not failed) if listener is not None else ""
    if failed:
        text = failure_text(report, listener.findings if listener is not None else FINDINGS, path)
        raise Mismatch(f"{text}\n\n{note}" if note else text, report)
    return report
