"""How far two tensors are apart, and what that makes them."""

import ml_dtypes
import numpy as np
import pytest

from parity.transfer._flat import SLAB, STRETCH, Flat
from parity.transfer._states import State
from parity.transfer._states import distance as distance_of

RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.standard_normal((40, 30)).astype("float32")


def distance(left, right, rtol, **more):
    return distance_of(Flat.of(left), Flat.of(right), rtol, **more)


def state(left, right, rtol=1e-5, **more):
    return distance(left, right, rtol, **more).state


def test_every_number_the_same_is_the_same_whatever_the_type_or_the_strides():
    assert state(NUMBERS, NUMBERS.copy()) is State.SAME
    assert state(NUMBERS, NUMBERS.astype("float64")) is State.SAME
    assert state(NUMBERS.T, np.ascontiguousarray(NUMBERS.T)) is State.SAME
    assert state(np.zeros((0, 3)), np.zeros((0, 3))) is State.SAME


@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16])
def test_numbers_stored_in_a_narrower_type_are_rounded(dtype):
    narrow = NUMBERS.astype(dtype)

    assert state(NUMBERS, narrow) is State.ROUNDED
    assert state(NUMBERS, narrow.astype("float32")) is State.DIFFERENT


def test_the_smallest_numbers_of_a_narrower_type_are_rounded():
    small = np.float32([1, 3e-6, 2e-8, 0])

    assert state(small, small.astype("float16")) is State.ROUNDED
    assert state(small, small.astype("float16") * np.float16(2)) is State.DIFFERENT


def test_a_tolerance_is_in_proportion_to_the_largest_element():
    moved = NUMBERS + np.float32(3e-6 * np.abs(NUMBERS).max())

    assert state(NUMBERS, moved) is State.CLOSE
    assert state(NUMBERS, moved, rtol=1e-6) is State.DIFFERENT
    assert state(NUMBERS * 1e-6, moved * 1e-6) is State.CLOSE


def test_what_is_not_a_number_is_equal_to_itself_only():
    holes = NUMBERS.copy()
    holes[3, 4], holes[5, 6] = np.nan, np.inf

    assert state(holes, holes.astype("float64")) is State.SAME
    assert state(NUMBERS, holes) is State.DIFFERENT
    assert distance(NUMBERS, holes, 1e-5).max_abs == float("inf")
    assert state(np.float32([np.inf, 1]), np.float32([-np.inf, 1])) is State.DIFFERENT


def test_whole_numbers_are_never_rounded():
    assert state(np.array([1, 2, 300]), np.array([1, 2, 301])) is State.DIFFERENT


@pytest.mark.parametrize("size", [SLAB + 5, STRETCH + 5])
def test_a_difference_in_the_last_part_of_a_large_tensor_is_found(size):
    large = np.ones(size, "float32")
    other = large.copy()
    other[-1] = 2

    found = distance(large, other, 1e-5)
    assert (found.state, found.max_abs) == (State.DIFFERENT, 1.0)
    assert found.rel_l2 == pytest.approx(1 / np.sqrt(size))


def test_what_was_calculated_may_lose_a_few_last_places_of_the_numbers_that_came_up():
    off = NUMBERS + np.float32(1e-6)

    assert state(NUMBERS, off, 1e-9) is State.DIFFERENT
    assert state(NUMBERS, off, 1e-9, scale=10.0) is State.ROUNDED


@pytest.mark.parametrize("holes", [(), (3,), (65_540,), (3, 65_540)])
def test_what_two_tensors_come_to_is_what_numpy_says(holes):
    left = RANDOM.standard_normal(SLAB + 9) + 3
    right = 2 * left + RANDOM.standard_normal(SLAB + 9)
    left[[*holes]], right[[*holes]] = np.nan, np.nan
    rows = np.isfinite(left)
    mine, theirs = left[rows], right[rows]

    tally = distance(left, right, 1e-5).tally

    assert tally.most == np.abs(mine - theirs).max()
    assert tally.apart == pytest.approx(np.linalg.norm(mine - theirs) / np.linalg.norm(mine))
    assert tally.correlation == pytest.approx(np.corrcoef(mine, theirs)[0, 1])
    for moments, numbers in ((tally.left, mine), (tally.right, theirs)):
        assert (moments.low, moments.high, moments.others) == (numbers.min(), numbers.max(), len(holes))
        assert (moments.mean, moments.variance) == pytest.approx((numbers.mean(), numbers.var()))


def test_complex_numbers_are_compared_in_both_parts():
    numbers = (NUMBERS + 1j).astype("complex64")
    other = numbers.copy()
    other[3, 4] += 1j

    assert state(numbers, numbers.astype("complex128")) is State.SAME
    assert distance(numbers, other, 1e-5).max_abs == 1


@pytest.mark.parametrize("dtype", ["float32", "float16", ml_dtypes.bfloat16])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_infinite_or_undefined_are_equal_to_themselves_and_counted(number, dtype):
    odd = NUMBERS.astype(dtype)
    odd[3, 4] = odd[5, 6] = number

    assert distance(odd, odd.copy(), 1e-5) == distance(odd, odd.astype("float64"), 1e-5)
    assert distance(odd, odd.copy(), 1e-5).others == 2
    assert distance(NUMBERS.astype(dtype), NUMBERS.astype(dtype), 1e-5).others == 0
    assert state(odd, NUMBERS.astype(dtype)) is State.DIFFERENT
