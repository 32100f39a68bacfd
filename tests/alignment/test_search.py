"""Edits that people make, and the layers that alignment must name."""

import pytest

from parity.alignment import align
from tests.builders import activation, add, chain, dense, graph, layer, renamed, without


def alone(left, right):
    found = align(left, right)
    return found.left_only, found.right_only


def test_a_missing_activation_does_not_shift_what_follows():
    left = chain(16, "relu", 16, "relu", 16, "softmax")
    right = renamed(without(without(left, "a3"), "a5"))

    assert alone(left, right) == (("a3", "a5"), ())


def test_an_extra_layer_is_named_on_the_right():
    right = chain(16, "relu", 32, "relu", 4)
    left = renamed(without(right, "d2"))

    assert alone(left, right)[0] == ()
    assert alone(left, right)[1] == ("d2",)


def test_another_width_is_the_same_layer():
    assert alone(chain(16, "relu", 32, 4), chain(16, "relu", 64, 4)) == ((), ())


def test_another_function_is_the_same_layer():
    found = align(chain(16, "relu", 4), chain(16, "tanh", 4))

    assert ("a1",) in [pair.left for pair in found.pairs if pair.right == ("a1",)]


@pytest.mark.parametrize("first", [True, False])
def test_branches_listed_in_another_order(first):
    wide = [dense("w", "x", 8, 32), activation("wr", "w")]
    slim = [dense("s", "x", 8, 4), activation("sr", "s")]
    ends = [layer("cat", "concat", ("wr", "sr"), axis=-1)]
    left = graph(layer("x", "input"), *wide, *slim, *ends)
    right = graph(layer("x", "input"), *(slim + wide if first else wide + slim), *ends)

    assert align(left, right).to_right == {name: name for name in ("x", "w", "wr", "s", "sr", "cat")}


def test_equal_branches_stay_together():
    layers = [layer("x", "input")]
    for name in "ab":
        layers += [
            dense(f"{name}1", "x", 8, 8),
            activation(f"{name}2", f"{name}1"),
            dense(f"{name}3", f"{name}2", 8, 8),
        ]
    left = graph(*layers, add("sum", "a3", "b3"))

    to = align(left, renamed(left)).to_right

    assert {to["a1"][1:], to["a2"][1:], to["a3"][1:]} in ({"1a", "2a", "3a"}, {"1b", "2b", "3b"})


def test_a_skipped_residual_is_the_only_loner():
    def block(at, before):
        return [dense(f"{at}a", before, 8, 8), activation(f"{at}b", f"{at}a"), add(f"{at}c", f"{at}b", before)]

    layers = [layer("x", "input")]
    for at in range(4):
        layers += block(at, layers[-1].path)
    left = graph(*layers)
    right = without(left, "2c")

    assert alone(left, right) == (("2c",), ())


def test_branches_that_differ_in_a_bias_are_not_crossed():
    def built(first, second):
        layers = [dense("a", "x", 8, 8), dense("b", "x", 8, 8, bias=False)]
        return graph(layer("x", "input"), *layers, add("sum", first, second))

    assert align(built("a", "b"), built("b", "a")).to_right == {name: name for name in ("x", "a", "b", "sum")}
