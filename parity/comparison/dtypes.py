"""Number types of aligned weights, and those that aligned layers compute in."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison.counts import by_role
from parity.graph import Framework, Layer, LayerGraph
from parity.kinds import COMPUTED_IN

PRECISION = "computed in"
SINGLE = "float32"
"""What Keras computes in unless it is told otherwise."""


def differences(view: View) -> Iterator[Difference]:
    """Every weight that is stored as another type of number, and every layer that computes in another one."""
    for left, right in view.pairs:
        for role, mine, theirs in by_role(left, right):
            if mine is not None and theirs is not None and mine.dtype != theirs.dtype:
                yield Difference(Topic.DTYPE, Facet.ATTRIBUTES, left, right, role, mine.dtype, theirs.dtype)
        if COMPUTED_IN in left.attributes or COMPUTED_IN in right.attributes:
            types = _computed_in(view.left, left), _computed_in(view.right, right)
            if None not in types and types[0] != types[1]:
                yield Difference(Topic.PRECISION, Facet.ATTRIBUTES, left, right, PRECISION, *types)


def _computed_in(graph: LayerGraph, layer: Layer) -> str | None:
    """The type of number that a layer computes in, as its policy tells, or what it gives; None where neither does."""
    if graph.framework is Framework.KERAS:
        return str(layer.attributes.get(COMPUTED_IN, SINGLE))
    value = graph.values.get(layer.outputs[0]) if layer.outputs else None
    types = [value.dtype if value is not None else None, *(weight.dtype for weight in layer.weights)]
    return next((each for each in types if each is not None and "float" in each), None)
