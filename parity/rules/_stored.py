"""Words for stored elements that no headline counts."""

from collections.abc import Callable

from parity.comparison import Difference, View
from parity.rules._words import number

Claim = Callable[[Difference, View], bool]


def of_sort(*names: str) -> Claim:
    """Claims the difference of one sort, or of several."""

    def claims(difference: Difference, _: View) -> bool:
        return difference.name in names

    return claims


def more(difference: Difference, thing: str) -> str:
    """How many elements more the one side stores.

    >>> from parity.comparison import Facet, Topic
    >>> more(Difference(Topic.UNCOUNTED, Facet.COUNTS, left_value=2, right_value=0), "of seeds")
    'the left stores 2 elements of seeds, the right none'
    """
    counts = {"left": difference.left_value, "right": difference.right_value}
    has, lacks = sorted(counts, key=lambda side: -counts[side])
    rest = f"{counts[lacks]:,}" if counts[lacks] else "none"
    return f"the {has} stores {number(counts[has], 'element')} {thing}, the {lacks} {rest}"
