"""What the profiles ask for, and how severe a finding is under each."""

import pytest

import parity
from parity.errors import UsageError
from parity.graph import Effect
from parity.reports import Verdict
from parity.rules import PROFILES, Severity
from tests.rules.cases import dtype, epsilon, momentum
from tests.rules.test_every_rule import findings

ERRORS = {
    "exact": {Effect.TRAINING, Effect.INFERENCE, Effect.INTERFACE},
    "train": {Effect.TRAINING, Effect.INFERENCE, Effect.INTERFACE},
    "inference": {Effect.INFERENCE, Effect.INTERFACE},
    "interface": {Effect.INTERFACE},
}


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_asks_for_its_effects(name):
    profile = PROFILES[name]

    for effect in set(Effect) - {Effect.UNKNOWN}:
        expected = Severity.ERROR if effect in ERRORS[name] else Severity.INFO
        assert profile.severity(effect, effect) is expected
        unknown = Severity.WARNING if effect in ERRORS[name] else Severity.INFO
        assert profile.severity(Effect.UNKNOWN, effect) is unknown


@pytest.mark.parametrize(("profile", "verdict"), [("exact", Verdict.DIFFERENT), ("train", Verdict.EQUIVALENT)])
def test_types_of_numbers_are_asked_for_by_exact_only(profile, verdict):
    left, right, inputs = dtype.bad()

    assert parity.compare(left, right, profile=profile, **inputs).verdict is verdict


def test_exact_takes_other_bookkeeping_as_the_same_model():
    left, right, inputs = epsilon.good()

    assert parity.compare(left, right, profile="exact", **inputs).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("case", "profile", "verdict"),
    [
        (momentum, "train", Verdict.DIFFERENT),
        (momentum, "inference", Verdict.EQUIVALENT),
        (epsilon, "inference", Verdict.DIFFERENT),
        (epsilon, "interface", Verdict.EQUIVALENT),
    ],
)
def test_a_profile_looks_away_from_what_it_does_not_ask(case, profile, verdict):
    left, right, inputs = case.bad()

    assert parity.compare(left, right, profile=profile, **inputs).verdict is verdict


def test_another_profile_is_refused():
    left, right, inputs = epsilon.good()

    with pytest.raises(UsageError, match="no profile 'strict'"):
        parity.compare(left, right, profile="strict", **inputs)


def test_the_effect_of_a_number_type_is_what_it_concerns():
    own = [each for each, _ in findings("dtype", "bad") if each.rule == "dtype"]

    assert [(each.effect, each.concerns) for each in own] == [(Effect.BOOKKEEPING, Effect.INFERENCE)]
