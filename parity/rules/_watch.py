"""Which rules would have something to say of two aligned layers, whether or not there is anything to say."""

from collections.abc import Iterator

from parity.comparison import Difference, Facet, Topic, View, by_role, read_as
from parity.graph import Layer, Unknown
from parity.kinds import kind
from parity.rules._explain import claimant

PLACES = {
    Topic.WIRING: "where the input comes from",
    Topic.SHAPE: "shape of the output",
    Topic.INPUT_SHAPE: "shape of the input",
}
"""What is looked at where it is nothing in the layer that has a name."""

Watched = dict[str, tuple[str, ...]]
"""What each rule looks at: attributes, weights, or the name of its topic."""


def watched(view: View, left: Layer, right: Layer) -> Watched:
    """The rule that would claim each difference that two aligned layers can have, and what it would be a difference of.

    What is asked is who claims the values as they are, so that a rule for values that differ in a certain way only is
    not among them.
    """
    found: dict[str, dict[str, None]] = {}
    for each in _possible(view, left, right):
        found.setdefault(claimant(each, view).name, {})[each.name or PLACES[each.topic]] = None
    return {rule: tuple(names) for rule, names in found.items()}


def _possible(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    for name, attribute in kind(left.kind).attributes.items():
        values = read_as(view, left, right, name, attribute)
        if not any(value is None or isinstance(value, Unknown) for value in values):
            yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, name, *values)
    for role, mine, theirs in by_role(left, right):
        if mine is None or theirs is None:
            continue
        for topic, values in (
            (Topic.WEIGHT_SHAPE, (mine.shape, theirs.shape)),
            (Topic.LAYOUT, (mine.axes, theirs.axes)),
            (Topic.CENSUS, (mine.census.value, theirs.census.value)),
            (Topic.DTYPE, (mine.dtype, theirs.dtype)),
        ):
            yield Difference(topic, Facet.COUNTS, left, right, role, *values)
    if left.inputs and right.inputs:
        yield Difference(Topic.WIRING, Facet.STRUCTURE, left, right)
    if left.outputs and right.outputs:
        shapes = view.left.shape(left.outputs[0]), view.right.shape(right.outputs[0])
        topic = Topic.INPUT_SHAPE if left.kind == "input" else Topic.SHAPE
        yield Difference(topic, Facet.SHAPES, left, right, "", *shapes)
