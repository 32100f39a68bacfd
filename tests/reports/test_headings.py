"""Headings agree with the verdict, and counts with what is listed."""

import parity
from tests.rules.cases import frozen_batch_norm_semantics, training_not_traced


def said(pair, **more):
    left, right, *settings = pair
    given = {**(settings[0] if settings else {}), **more}
    return parity.compare(left, right, **given)


def test_what_no_verdict_follows_from_stands_apart():
    report = said(frozen_batch_norm_semantics.bad())

    assert report.verdict == "equivalent"
    assert "frozen-batch-norm-semantics" in {each.rule for each, _ in report.findings}
    text = str(report)
    assert "Changes training" not in text
    assert "Worth knowing; not a difference between the models" in text


def test_what_a_profile_does_not_ask_is_not_said_to_be_undecided():
    asked, not_asked = (str(said(training_not_traced.bad(), profile=name)) for name in ("train", "inference"))

    assert "Could not be decided" in asked
    assert "2 undecided" in asked
    assert "Could not be decided" not in not_asked
    assert "Not relevant for profile inference" in not_asked
