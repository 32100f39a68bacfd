"""What weights start from, and what holds them small in training: initializers, regularizers and constraints."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison.counts import by_role
from parity.graph import Framework, Layer, Unknown, Weight
from parity.kinds import ADAPTER_SCALE, CUSTOM_OBJECT, PENALTIES

REGULARIZER, INITIALIZER, CONSTRAINT, PENALTY = "regularizer", "initializer", "constraint", "penalty"

IN_THE_LOOP = Unknown(
    "a PyTorch model records neither constraints nor penalties, which its training may still apply",
    "look at the training code: clip the weights after each step, or add the penalty to the loss",
)
OF_THE_USER = Unknown(
    "it is code of the user's own, and two with the same name need not be the same", "compare the code of both"
)


def differences(view: View) -> Iterator[Difference]:
    """Every weight that is held small in another way, or starts from another distribution where both sides tell one.

    A side that keeps no regularizers in its layers is said to have none.
    """
    if view.left.inference_only or view.right.inference_only:
        return
    for left, right in view.pairs:
        for role, mine, theirs in by_role(left, right):
            if mine is not None and theirs is not None:
                yield from _of_weight(view, (left, right), role, mine, theirs)
        if _tell(view):
            yield from _of_layer(view, left, right)


def _of_weight(
    view: View, layers: tuple[Layer, Layer], role: str, mine: Weight, theirs: Weight
) -> Iterator[Difference]:
    if _tell(view):
        for what in (REGULARIZER, CONSTRAINT):
            told: tuple[str, str] = getattr(mine, what), getattr(theirs, what)
            if told[0] != told[1] or told[0].startswith(CUSTOM_OBJECT):
                unknown = _why(view, told) if what == CONSTRAINT or told[0] == told[1] else None
                values = told[0] or None, told[1] or None
                yield Difference(Topic.HELD, Facet.ATTRIBUTES, *layers, f"{role} {what}", *values, unknown=unknown)
    if mine.initializer and theirs.initializer and mine.initializer != theirs.initializer:
        name, values = f"{role} {INITIALIZER}", (mine.initializer, theirs.initializer)
        yield Difference(Topic.HELD, Facet.ATTRIBUTES, *layers, name, *values)


def _of_layer(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """Penalties on what a layer gives, and whatever else its settings hold of none of its weights."""
    scales = left.attributes.get(ADAPTER_SCALE), right.attributes.get(ADAPTER_SCALE)
    if None not in scales and scales[0] != scales[1]:
        yield Difference(Topic.HELD, Facet.ATTRIBUTES, left, right, ADAPTER_SCALE, *scales)
    mine, theirs = (dict(layer.attributes.get(PENALTIES, ())) for layer in (left, right))
    for name in dict.fromkeys((*mine, *theirs)):
        told = mine.get(name, ""), theirs.get(name, "")
        if told[0] != told[1] or told[0].startswith(CUSTOM_OBJECT):
            values = told[0] or None, told[1] or None
            unknown = _why(view, told)
            yield Difference(Topic.HELD, Facet.ATTRIBUTES, left, right, f"{name} {PENALTY}", *values, unknown=unknown)


def _why(view: View, told: tuple[str, str]) -> Unknown | None:
    """Why it cannot be decided whether two spellings come to the same."""
    if told[0] == told[1]:
        return OF_THE_USER
    return IN_THE_LOOP if view.left.framework is not view.right.framework else None


def _tell(view: View) -> bool:
    """Whether a weight without a regularizer has none: what Keras stored without its settings does not tell."""
    return all(graph.framework is not Framework.KERAS or graph.evidence == "graph" for graph in (view.left, view.right))
