"""The longest common subsequence, against a table filled in the plain way."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from parity.alignment._sequence import MOST_EDITS, common

WORDS = st.text("abc", max_size=12)


def longest(left, right):
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for a, one in enumerate(left):
        for b, other in enumerate(right):
            table[a + 1][b + 1] = table[a][b] + 1 if one == other else max(table[a][b + 1], table[a + 1][b])
    return table[-1][-1]


@given(WORDS, WORDS)
def test_it_is_common_in_order_and_as_long_as_can_be(left, right):
    found = common(left, right)

    assert all(left[a] == right[b] for a, b in found)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(found))
    assert len(found) == longest(left, right)


def test_sequences_with_nothing_in_common_end_early():
    assert common(range(10 * MOST_EDITS), range(-20 * MOST_EDITS, -10 * MOST_EDITS)) == []
