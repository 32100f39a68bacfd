"""What is selected, ignored and weighed by the user changes what counts, and never hides what could not be decided."""

import pytest

import parity
from parity.errors import UsageError
from parity.policy import Policy, known, severities
from parity.reports import Verdict
from parity.rules import Severity
from tests.balance import remainders

REAL = ("logits-against-probabilities", "activation-missing", "epsilon", "momentum")


@pytest.fixture
def compare(fixtures):
    return lambda left="bn_cnn.keras", right="bn_cnn.pt2", **policy: parity.compare(
        fixtures / left,
        fixtures / right,
        policy=Policy(**{name: frozenset(value) if name != "severities" else value for name, value in policy.items()}),
    )


def rules_of(report):
    return {finding.rule for finding, _ in report.findings}


def test_what_is_ignored_is_said_and_does_not_count(compare):
    report = compare(ignore=REAL)

    assert report.verdict is Verdict.EQUIVALENT
    assert not report.fails("error")
    assert {finding.rule for finding in report.left_out} == set(REAL)
    assert remainders(report) == {}
    assert compare(ignore=REAL[1:]).fails("error")


def test_only_what_is_selected_counts(compare):
    report = compare(select=["epsilon"])

    assert rules_of(report) == {"epsilon"}
    assert report.fails("error")
    assert not compare(select=["dtype"]).fails("error")


def test_nothing_hides_what_could_not_be_decided(compare):
    for policy in (
        {"ignore": ["wiring-unknown", "trainability-unknown"]},
        {"select": ["epsilon"]},
        {"severities": {"wiring-unknown": Severity.INFO}},
    ):
        report = compare("bn_cnn_module.pt", "bn_cnn_module.pt", **policy)

        assert report.verdict is Verdict.INCONCLUSIVE
        assert "wiring-unknown" in rules_of(report)
        assert report.fails("error")
    raised = compare("bn_cnn_module.pt", "bn_cnn_module.pt", severities={"wiring-unknown": Severity.ERROR})
    assert raised.verdict is Verdict.INCONCLUSIVE
    assert raised.fails("error")


def test_a_severity_of_ones_own(compare):
    lower = dict.fromkeys(REAL, Severity.INFO)
    warning = lower | {"momentum": Severity.WARNING}

    assert compare(severities=lower).verdict is Verdict.EQUIVALENT
    assert not compare(severities=lower).fails("warning")
    assert not compare(severities=warning).fails("error")
    assert compare(severities=warning).fails("warning")
    assert compare(ignore=REAL, severities={"kernel-layout": Severity.ERROR}).verdict is Verdict.DIFFERENT


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="did you mean epsilon"):
        known(["epsilom"], "--select")
    with pytest.raises(UsageError, match="use error, warning or info"):
        severities([("epsilon", "fatal")], "--severity")
    assert known(["suppression-unused"], "--ignore") == {"suppression-unused"}


def test_rules_are_ignored_by_name_as_in_an_assertion(fixtures):
    sides = fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2"

    assert parity.compare(*sides, ignore=REAL).verdict is Verdict.EQUIVALENT
    assert parity.compare(*sides, ignore="epsilon", policy=Policy(ignore=frozenset(REAL))).verdict is Verdict.EQUIVALENT
    assert "epsilon" in {finding.rule for finding in parity.compare(*sides, ignore="epsilon").left_out}
    with pytest.raises(UsageError, match="did you mean epsilon"):
        parity.compare(*sides, ignore="epsilom")


@pytest.mark.parametrize("right", ["bn_cnn.keras", "bn_cnn.pt2", "bn_cnn_module.pt"])
def test_a_report_is_no_condition(fixtures, right):
    report = parity.compare(fixtures / "bn_cnn.keras", fixtures / right)

    for ask in (bool, lambda found: not found, lambda found: found or None, lambda found: [1] if found else [2]):
        with pytest.raises(TypeError, match=r"use report\.verdict"):
            ask(report)
