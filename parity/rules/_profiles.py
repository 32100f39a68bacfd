"""Which effects matter: profiles turn effects into severities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from parity.errors import UsageError
from parity.graph import Effect, Framework, LayerGraph
from parity.rules._contract import Finding


class Severity(StrEnum):
    """How much a finding matters under a profile."""

    ERROR = "error"
    """A real difference."""
    WARNING = "warning"
    """Something that the profile requires and that could not be decided."""
    INFO = "info"
    """Known, and the same model all the same."""


@dataclass(frozen=True)
class Profile:
    """A question about two models.

    Attributes:
        errors: the effects that are errors under it.
        strict: bookkeeping is rated by what it concerns, such as dtypes, which other profiles ignore.
    """

    name: str
    question: str
    errors: frozenset[Effect]
    strict: bool = False

    def severity(self, effect: Effect, concerns: Effect) -> Severity:
        """The severity of a finding with an effect; for ``unknown`` that of what it concerns, as a warning."""
        if self.strict and effect is Effect.BOOKKEEPING:
            effect = concerns
        if effect is not Effect.UNKNOWN:
            return Severity.ERROR if effect in self.errors else Severity.INFO
        return Severity.WARNING if concerns in self.errors else Severity.INFO


_INTERFACE = frozenset({Effect.INTERFACE})
_INFERENCE = _INTERFACE | {Effect.INFERENCE}
_TRAIN = _INFERENCE | {Effect.TRAINING}

PROFILES: Mapping[str, Profile] = {
    each.name: each
    for each in (
        Profile("exact", "the same model, down to dtypes?", _TRAIN, strict=True),
        Profile("train", "the same outputs, and the same training?", _TRAIN),
        Profile("inference", "the same outputs?", _INFERENCE),
        Profile("interface", "the same inputs and outputs?", _INTERFACE),
    )
}


UNTOLD = {("dropout-rate", "dropout"), ("training-not-traced", "left"), ("training-not-traced", "right")}
"""Rules and attributes of what a trace in evaluation mode does not tell of training: the dropout of attention, code."""


def is_untold(finding: Finding) -> bool:
    """Whether a finding is of what a trace in evaluation mode does not record, whichever model it is compared with."""
    return finding.effect is Effect.UNKNOWN and (finding.rule, finding.attribute) in UNTOLD


def answerable(profile: Profile, findings: Sequence[Finding]) -> Profile:
    """The profile, or that of inference where nothing but what a trace never tells leaves its answer open."""
    levels = [(each, profile.severity(each.effect, each.concerns)) for each in findings if not each.remark]
    asked = [each for each, level in levels if level is not Severity.INFO]
    return PROFILES["inference"] if asked and all(map(is_untold, asked)) else profile


def profile_for(name: str | None, left: LayerGraph, right: LayerGraph) -> Profile:
    """The named profile, or the strictest that both sources can answer.

    Raises:
        UsageError: there is no such profile.
    """
    if name is None:
        stored = any(graph.inference_only or graph.framework is Framework.ONNX for graph in (left, right))
        name = "inference" if stored else "train"
    if name not in PROFILES:
        raise UsageError(f"no profile {name!r}", "it is not known", remedy=f"use one of {', '.join(PROFILES)}")
    return PROFILES[name]
