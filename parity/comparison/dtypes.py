"""Number types of aligned weights."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison.counts import by_role


def differences(view: View) -> Iterator[Difference]:
    """Every weight that is stored as another type of number."""
    for left, right in view.pairs:
        for role, mine, theirs in by_role(left, right):
            if mine is not None and theirs is not None and mine.dtype != theirs.dtype:
                yield Difference(Topic.DTYPE, Facet.ATTRIBUTES, left, right, role, mine.dtype, theirs.dtype)
