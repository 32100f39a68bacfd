"""Each rule fires on its bad pair, alone, and not on its good one; both pairs are models of real frameworks."""

from functools import cache
from importlib import import_module

import pytest

from parity.alignment import align
from parity.check import examine
from parity.comparison import Comparison, Topic, compare
from parity.graph import Effect, LayerGraph
from parity.policy import NOTHING
from parity.rules import PROFILES, Severity, explain, rules, watched
from tests.balance import remainders

REAL = {Effect.INTERFACE, Effect.INFERENCE, Effect.TRAINING}
CALM = {Effect.BOOKKEEPING, Effect.CONVERSION}


ASKED = {
    *(Topic.ATTRIBUTE, Topic.WEIGHT, Topic.WEIGHT_SHAPE, Topic.LAYOUT, Topic.CENSUS, Topic.TIE, Topic.COUNTED),
    *(Topic.DTYPE, Topic.HELD, Topic.WIRING, Topic.SHAPE, Topic.INPUT_SHAPE, Topic.INPUT_ORDER, Topic.FREE_SIZE),
    *(Topic.ROW_ORDER, Topic.AXES),
}
"""What can differ between two aligned layers."""

OF_ONE_SIDE = {
    "batch-norm-folded": "a layer without a counterpart",
    "bidirectional-merge": "layers that join directions on one side only",
    "batch-norm-merged-statistics": "a layer that a pass has made on one side",
    "constant-folded": "a layer that a pass has marked on one side",
}
"""Rules that look at something else than two layers that both sides have."""


BY_HAND = {"extension-not-loaded", "unexplained-remainder", "verification-contradicts"}
"""Rules for what no model of a framework can bring about."""


def judged(pair):
    """Findings with their severities, of models or of what is made by hand, graphs or a comparison; and both graphs."""
    left, right, *settings = (*pair, None) if len(pair) == 1 else pair
    if isinstance(left, LayerGraph | Comparison):
        comparison = left if isinstance(left, Comparison) else compare(left, right, align(left, right))
        found = explain(comparison)
        judged = tuple((each, PROFILES["train"].severity(each.effect, each.concerns)) for each in found)
        return judged, comparison.view
    given = settings[0] if settings else {}
    inputs = tuple(given.get(name, given.get("inputs")) for name in ("left_inputs", "right_inputs"))
    others = {name: given[name] for name in given if not name.endswith("inputs")}
    report, view = examine(left, right, inputs, **{"profile": None, "map": None, "policy": NOTHING, **others})
    assert remainders(report) == {}
    return report.findings, view


@cache
def compared(name, pair):
    case = import_module(f"tests.rules.cases.{name.replace('-', '_')}")
    models = getattr(case, pair)()
    assert isinstance(models[0], LayerGraph | Comparison) is (name in BY_HAND)
    return judged(models)


def findings(name, pair):
    return compared(name, pair)[0]


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
def test_it_is_silent_on_its_good_pair_and_says_that_it_has_looked(name):
    found, view = compared(name, "good")
    looked = [watched(view, *pair) for pair in view.pairs]

    assert [each for each, _ in found if each.rule == name] == []
    assert {rule for each in looked for rule in each} <= rules().keys()
    if rules()[name].topics & ASKED:
        assert any(name in each for each in looked) is (name not in OF_ONE_SIDE)


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
