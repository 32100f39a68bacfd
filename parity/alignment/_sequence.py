"""What two sequences have in common, in order."""

from collections.abc import Hashable, Iterator, Sequence

MOST_EDITS = 1_000
"""Where sequences differ by more than so many entries, their order says nothing; it also bounds time and memory."""


def common(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence: equal entries in the same order on both sides.

    Takes time in the order of the length times the number of edits between them (Myers, An O(ND) Difference Algorithm
    and Its Variations, Algorithmica 1986).

    >>> common("abcd", "axcd")
    [(0, 0), (2, 2), (3, 3)]
    """
    start, most = 0, min(len(left), len(right))
    while start < most and left[start] == right[start]:
        start += 1
    end = 0
    while end < most - start and left[-1 - end] == right[-1 - end]:
        end += 1
    middle = _middle(left[start : len(left) - end], right[start : len(right) - end])
    found = [(at, at) for at in range(start)]
    found += [(start + a, start + b) for a, b in middle]
    return found + [(len(left) - at, len(right) - at) for at in range(end, 0, -1)]


def _middle(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The same for sequences that begin and end differently: the furthest reach on each diagonal, edit by edit."""
    reach, history = {1: 0}, []
    for edits in range(min(len(left) + len(right), MOST_EDITS) + 1):
        history.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
            a = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            while a < len(left) and a - diagonal < len(right) and left[a] == right[a - diagonal]:
                a += 1
            reach[diagonal] = a
            if a >= len(left) and a - diagonal >= len(right):
                return list(_walked(history, len(left), len(right)))[::-1]
    return []


def _walked(history: list[dict[int, int]], a: int, b: int) -> Iterator[tuple[int, int]]:
    """The pairs on the way back from the end."""
    for edits in range(len(history) - 1, -1, -1):
        reach, diagonal = history[edits], a - b
        down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = reach[before]
        while a > start + (not down) and b > start - before + down and a and b:
            a, b = a - 1, b - 1
            yield a, b
        if edits:
            a, b = start, start - before
