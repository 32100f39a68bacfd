"""What weights start from, and what holds them small in training: initializers and regularizers."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison.counts import by_role
from parity.graph import Framework

REGULARIZER, INITIALIZER = "regularizer", "initializer"


def differences(view: View) -> Iterator[Difference]:
    """Every weight that is held small in another way, or starts from another distribution where both sides tell one.

    A side that keeps no regularizers in its layers is said to have none.
    """
    if view.left.inference_only or view.right.inference_only:
        return
    for left, right in view.pairs:
        for role, mine, theirs in by_role(left, right):
            if mine is None or theirs is None:
                continue
            name = f"{role} {REGULARIZER}"
            if mine.regularizer != theirs.regularizer and _tell(view):
                values = mine.regularizer or None, theirs.regularizer or None
                yield Difference(Topic.HELD, Facet.ATTRIBUTES, left, right, name, *values)
            if mine.initializer and theirs.initializer and mine.initializer != theirs.initializer:
                name, values = f"{role} {INITIALIZER}", (mine.initializer, theirs.initializer)
                yield Difference(Topic.HELD, Facet.ATTRIBUTES, left, right, name, *values)


def _tell(view: View) -> bool:
    """Whether a weight without a regularizer has none: what Keras stored without its settings does not tell."""
    return all(graph.framework is not Framework.KERAS or graph.evidence == "graph" for graph in (view.left, view.right))
