"""Chains of reshapes and permutations against numpy's own."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.rearrange.axes_algebra import permuted, reshaped, start, steps

SHAPES = ((2, 6, 8), (1, 17, 16), (4, 1, 6), (12, 2, 3, 4), (1, 3, 4, 4))


def divisors(total):
    return [size for size in range(1, total + 1) if total % size == 0]


@st.composite
def chains(draw):
    """A shape, and shapes and orders to bring it to, one after the other."""
    shape = draw(st.sampled_from(SHAPES))
    rank, chain = len(shape), []
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            chain.append(("permute", tuple(draw(st.permutations(range(rank))))))
            continue
        sizes, rest = [], prod(shape)
        while rest > 1 and len(sizes) < 4:
            sizes.append(draw(st.sampled_from(divisors(rest))))
            rest //= sizes[-1]
        sizes.append(rest)
        chain.append(("reshape", tuple(sizes)))
        rank = len(sizes)
    return shape, chain


@given(chains())
def test_the_shortest_way_gives_the_same_elements(drawn):
    shape, chain = drawn
    array = np.arange(prod(shape)).reshape(shape)
    form, made = start(shape), array
    for what, how in chain:
        made = made.transpose(how) if what == "permute" else made.reshape(how)
        form = permuted(form, how) if what == "permute" else reshaped(form, how)
        if form is None:
            return  # sizes that do not divide each other are left alone
    way = steps(form, shape)

    assert way.result == made.shape
    assert np.array_equal(array.reshape(way.parts).transpose(way.order).reshape(way.result), made)


@pytest.mark.parametrize(
    ("shape", "target"), [((None, None, 4), (None, 4)), (("batch", 4), (8, 4)), ((None, 6, 4), (None, 5))]
)
def test_free_sizes_are_not_guessed(shape, target):
    assert reshaped(start(shape), target) is None


@pytest.mark.parametrize("shape", [(None, 6, 4), (None, 2, 3, 4)])
def test_a_free_size_may_take_in_others_and_give_them_back(shape):
    merged = reshaped(start(shape), (None, 4))

    assert merged is not None
    assert reshaped(merged, shape) == start(shape)


def test_a_free_batch_is_moved_whole():
    form = permuted(reshaped(start(("batch", 6, 8)), ("batch", 6, 2, 4)), (0, 2, 1, 3))

    assert steps(form, ("batch", 6, 8)).parts == ("batch", 6, 2, 4)
    assert steps(form, ("batch", 6, 8)).order == (0, 2, 1, 3)
