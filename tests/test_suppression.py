"""A suppression takes what it says and no more, and does not stay unnoticed when it is of no use."""

from dataclasses import replace
from datetime import date

import pytest

import parity
from parity.rules import Severity
from parity.suppression import Book, Suppression, matches

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def report(fixtures):
    return parity.compare(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2")


def noted(book, expired=Severity.WARNING, *, partial=False):
    return book.notes(Severity.WARNING, expired, pairs=["pair"], partial=partial)


def everything(report):
    return [Suppression(rule, "known") for rule in {finding.rule for finding, _ in report.findings}]


def test_a_report_passes_when_all_that_it_finds_is_accepted_and_still_says_what_differs(report):
    book = Book(everything(report), TODAY)
    found = book.accept("pair", report)

    assert report.fails("error")
    assert not found.fails("info")
    assert found.verdict == "different"
    assert noted(book) == ()


def test_one_finding_too_few_is_no_pass(report):
    for left in ("epsilon", "activation-missing"):
        book = Book([each for each in everything(report) if each.rule != left], TODAY)

        assert book.accept("pair", report).fails("error")


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        ("layer", "batch_normalization", True),
        ("layer", "layer1.2", True),
        ("layer", "layer1.*", True),
        ("layer", "layer2.*", False),
        ("pair", "pair", True),
        ("pair", "other", False),
        ("delta", 0, True),
        ("delta", -64, False),
        ("until", TODAY, True),
        ("until", date(2026, 11, 20), False),
    ],
)
def test_each_condition(report, field, value, taken):
    book = Book([replace(Suppression("epsilon", "known"), **{field: value})], TODAY)
    accepted = book.accept("pair", report).accepted

    assert sorted(accepted.values()) == ["known"] * taken
    assert bool(noted(book, Severity.ERROR)) == (not taken and field != "pair")


def test_an_exact_delta_is_of_all_that_it_takes(report):
    right, wrong = (Suppression("batch-norm-statistics", "known", delta=delta) for delta in (-64, -128))
    book = Book([right, wrong], TODAY)
    book.accept("pair", report)
    (note,) = noted(book)

    assert note.rule == "suppression-unused"
    assert "it is for -128 elements, and -64 were found" in note.message


def test_an_expired_one_is_named_and_takes_nothing(report):
    book = Book([Suppression("epsilon", "known", until=date(2026, 1, 1))], TODAY)

    assert book.accept("pair", report).accepted == {}
    (note,) = noted(book, Severity.ERROR)
    assert (note.rule, note.severity) == ("suppression-expired", Severity.ERROR)
    assert "expired on 2026-01-01" in note.message


def test_one_for_all_pairs_may_be_of_use_in_a_pair_that_was_not_looked_at():
    book = Book([Suppression("dtype", "known"), Suppression("dtype", "known", pair="pair")], TODAY)

    assert len(noted(book)) == 2
    assert len(noted(book, partial=True)) == 1


def test_what_follows_from_an_accepted_finding_is_accepted(report):
    cause = next(finding for finding, _ in report.findings if finding.rule == "activation-missing")
    effect = replace(cause, rule="output-shape", fingerprint="0" * 12, caused_by=cause.fingerprint)
    rippled = replace(report, findings=(*report.findings, (effect, Severity.ERROR)))
    book = Book([Suppression("activation-missing", "known")], TODAY)

    assert set(book.accept("pair", rippled).accepted) >= {cause.fingerprint, effect.fingerprint}


@pytest.mark.parametrize(
    ("pattern", "path", "taken"),
    [
        ("head", "head", True),
        ("head", "head2", False),
        ("head", "a/head", False),
        ("*", "head", True),
        ("*", "a/head", False),
        ("**", "a/b.c", True),
        ("head/**", "head", True),
        ("head/**", "head/a/b", True),
        ("head/**", "header", False),
        ("layer?.0", "layer1.0", True),
        ("layer?.0", "layer10.0", False),
        ("a[0]", "a[0]", True),
        ("a.b", "axb", False),
        ("**/conv", "a/b/conv", True),
        ("a+(b|c)*", "a+(b|c)d", True),
    ],
)
def test_patterns(pattern, path, taken):
    assert matches(pattern, path) is taken
