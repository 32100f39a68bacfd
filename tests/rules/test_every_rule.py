"""Each rule fires on its bad pair, alone, and not on its good one; both pairs are models of real frameworks."""

from functools import cache
from importlib import import_module

import pytest

from parity.alignment import align
from parity.check import examine
from parity.comparison import compare
from parity.graph import Effect, LayerGraph
from parity.policy import NOTHING
from parity.rules import PROFILES, Severity, explain, rules, watched
from tests.balance import remainders

REAL = {Effect.INTERFACE, Effect.INFERENCE, Effect.TRAINING}
CALM = {Effect.BOOKKEEPING, Effect.CONVERSION}


def judged(pair):
    """Findings with their severities, of models or of graphs made by hand."""
    left, right, *settings = pair
    if isinstance(left, LayerGraph):
        comparison = compare(left, right, align(left, right))
        can_be_asked(comparison.view)
        found = explain(comparison)
        return tuple((each, PROFILES["train"].severity(each.effect, each.concerns)) for each in found)
    given = settings[0] if settings else {}
    inputs = tuple(given.get(name, given.get("inputs")) for name in ("left_inputs", "right_inputs"))
    others = {name: given[name] for name in given if not name.endswith("inputs")}
    report, view = examine(left, right, inputs, **{"profile": None, "map": None, "policy": NOTHING, **others})
    can_be_asked(view)
    assert remainders(report) == {}
    return report.findings


def can_be_asked(view):
    """Each rule can be asked what it looks at in each pair of layers, also where there is no difference."""
    asked = {rule for pair in view.pairs for rule in watched(view, *pair)}
    assert asked <= rules().keys()
    assert asked or not view.pairs


@cache
def findings(name, pair):
    case = import_module(f"tests.rules.cases.{name.replace('-', '_')}")
    return judged(getattr(case, pair)())


@pytest.mark.parametrize("name", sorted(rules()))
def test_it_fires_on_its_bad_pair_and_nothing_else_does(name):
    found = findings(name, "bad")

    own = [each for each, _ in found if each.rule == name]
    assert own
    loud = [(each, severity) for each, severity in found if each.rule != name and severity is not Severity.INFO]
    followers = {each.caused_by for each in own}
    prints = {each.fingerprint for each in own}
    assert [each for each, _ in loud if each.caused_by not in prints and each.fingerprint not in followers] == []
    if {each.effect for each in own} <= CALM:
        assert [each for each, severity in found if each.effect in REAL and severity is not Severity.INFO] == []


@pytest.mark.parametrize("name", sorted(rules()))
def test_it_is_silent_on_its_good_pair(name):
    assert [each for each, _ in findings(name, "good") if each.rule == name] == []


@pytest.mark.parametrize("name", sorted(rules()))
def test_its_words_are_whole_sentences_for_people(name):
    for finding, _ in findings(name, "bad"):
        for text in (finding.message, finding.remedy):
            assert text == text.strip()
            assert "None" not in text.replace("momentum=None", "")
            assert "Unknown(" not in text
            assert not text.endswith((".", ":", ";", ","))
        assert finding.message
        if finding.effect in REAL and not finding.remark:
            assert finding.remedy or finding.rule in {"input-count", "output-count", "output-shape", "weight-shape"}
