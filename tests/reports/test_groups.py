"""Findings that go by one line: what varies is a range, what is of another kind is not."""

from dataclasses import replace

from parity.graph import Effect
from parity.reports import _wording as words
from parity.rules import Finding


def finding(left, right, attribute="rate", rule="dropout-rate"):
    fields = dict.fromkeys(Finding.__dataclass_fields__)
    known = {"rule": rule, "effect": Effect.TRAINING, "left": ("a",), "right": ("b",), "attribute": attribute}
    return Finding(**{**fields, **known, "left_value": left, "right_value": right, "message": "", "remedy": ""})


def told(*found):
    return [words.values(*group) for group in words.grouped(found, Effect.TRAINING)]


def test_rates_are_a_range():
    assert told(finding(0.1, 0.2), finding(0.3, 0.05), finding(0.2, 0.2)) == ["0.1 to 0.3 / 0.05 to 0.2"]


def test_rates_of_one_side_are_another_line():
    assert told(finding(0.1, None), finding(0.3, None), finding(None, 0.2)) == ["0.1 to 0.3 / none", "none / 0.2"]


def test_shapes_that_one_side_has_are_a_range():
    found = [finding(None, (size,), "gamma", "weight-missing") for size in (8, 4, 16)]

    assert told(*found) == ["gamma none / (4) to (16)"]


def test_sizes_are_a_range_where_the_same_side_has_more():
    pads = [
        finding(((0, 1), (0, 1)), ((1, 1), (1, 1)), "padding", "padding-amount"),
        finding(((1, 2), (1, 2)), ((2, 2), (2, 2)), "padding", "padding-amount"),
    ]
    assert told(*pads) == ["((0, 1), (0, 1)) to ((1, 2), (1, 2)) / ((1, 1), (1, 1)) to ((2, 2), (2, 2))"]
    assert told(finding(64, 32, "units"), finding(128, 64, "units")) == ["units 64 to 128 / 32 to 64"]
    assert len(told(finding(64, 32, "units"), finding(32, 64, "units"))) == 2


def test_what_follows_is_one_line_and_each_in_full():
    after = [
        replace(finding((2,), (3,), "kernel", "weight-shape"), message="2 / 3"),
        finding(1, 2, "x", "output-shape"),
    ]

    assert words.follows_in_words([]) == []
    assert words.follows_in_words([*after, after[0]]) == ["follows: weight-shape in 2 layers, output-shape in 1 layer"]
    assert words.each_following(after)[0] == "follows: weight-shape   a / b: 2 / 3"


def test_what_repeats_the_values_is_not_said_again():
    assert words.repeats_values(replace(finding(1, 2, "strides"), message="strides is 1 on the left, 2 on the right"))
    assert not words.repeats_values(replace(finding(1, 2, "strides"), message="1 on the left, 2 on the right; so what"))


def test_what_stands_on_both_sides_and_is_no_rate_stays_apart():
    strides = [
        finding((2, 2), (1, 1), "strides"),
        finding((1, 1), (2, 2), "strides"),
        finding((2, 2), (1, 1), "strides"),
    ]
    assert told(*strides) == ["strides (2, 2) / (1, 1)", "strides (1, 1) / (2, 2)"]
    assert len(told(finding("same", "valid"), finding("valid", "same"))) == 2
    assert len(told(finding(left=True, right=None), finding(1, None))) == 2
    assert told(replace(finding(0.5, 0.5), attribute="axis"), finding(0.5, 0.5)) != told(finding(0.5, 0.5))
