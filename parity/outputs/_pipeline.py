"""What is asked of outputs, and what computing both models adds to a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.adapters import in_a_row
from parity.comparison import Comparison
from parity.errors import UsageError
from parity.graph import Effect
from parity.outputs._certificate import Certificate, certify
from parity.outputs._compared import compare_outputs
from parity.outputs._contract import Asked, Outputs, Verify
from parity.outputs._parting import with_causes
from parity.outputs._recorded import recordings_of
from parity.outputs._sides import Sides
from parity.rules import Finding, Profile, Severity, explain


def asking(*, outputs: bool, data: Any, rtol: float, verify: str) -> Asked:
    """What is asked of outputs.

    Raises:
        UsageError: it makes no sense.
    """
    if verify not in {each.value for each in Verify}:
        raise UsageError(f"cannot verify {verify!r}", "it is not known", remedy="use off, auto or full")
    if not rtol >= 0:
        raise UsageError(f"cannot use the tolerance {rtol}", "it is not a number of at least 0")
    recordings = recordings_of(data)
    return Asked(outputs or data is not None, None if recordings else in_a_row(data), rtol, Verify(verify), recordings)


@dataclass(frozen=True)
class Computed:
    """What came of evaluating both models; None for what was not asked."""

    outputs: Outputs | None
    certificate: Certificate | None


NOTHING_COMPUTED = Computed(None, None)


def claims_outputs(findings: Sequence[Finding], question: Profile) -> bool:
    """Whether an answer says that both models give the same outputs, and nothing that was let pass says otherwise."""
    asked = question.severity(Effect.INFERENCE, Effect.INFERENCE) is not Severity.INFO
    apart = {Effect.INFERENCE, Effect.INTERFACE}
    return asked and not any(
        each.effect in apart or (each.effect is Effect.UNKNOWN and each.concerns in apart) for each in findings
    )


def with_outputs(sides: Sides, plain: Sides, asked: Asked, *, claims: bool) -> tuple[Comparison, Computed]:
    """The comparison with what computing both models adds to it.

    Args:
        sides: both models as they were compared.
        plain: the same before any part of them was taken as one layer.
        asked: what is asked of outputs.
        claims: the answer so far says that the outputs are the same.
    """
    outputs, found, inputs = compare_outputs(sides, asked) if asked.outputs else (None, (), None)
    if outputs is not None and inputs is not None and not outputs.same:
        outputs = with_causes(outputs, plain, inputs, explain(plain.comparison))
    certificate = certify(sides, asked.verify) if asked.verify is not Verify.OFF and claims else None
    more = (*found, *(certificate.contradictions if certificate is not None else ()))
    differences = (*sides.comparison.differences, *more)
    return replace(sides.comparison, differences=differences), Computed(outputs, certificate)


def measured(findings: Sequence[Finding], outputs: Outputs | None) -> tuple[Finding, ...]:
    """The findings with what the outputs move by when each is undone."""
    steps = outputs.ledger.steps if outputs is not None and outputs.ledger is not None else ()
    moved = {mark: step.moved for step in steps for mark in step.fingerprints}
    return tuple(replace(each, measured=moved.get(each.fingerprint)) for each in findings)
