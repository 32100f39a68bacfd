"""Which rules would have something to say of two matched layers, whether or not there is anything to say."""

from collections.abc import Iterator
from typing import Any

from parity.comparison import (
    ELEMENTS,
    HEAD_SIZE,
    ORDER,
    ROWS,
    VALUE_SIZE,
    Difference,
    Facet,
    Topic,
    View,
    by_role,
    read_as,
)
from parity.comparison.conventions import FROZEN_NORM
from parity.comparison.dtypes import PRECISION
from parity.comparison.held import CONSTRAINT, INITIALIZER, PENALTY, REGULARIZER
from parity.graph import Framework, Layer, Unknown, Weight
from parity.kinds import kind
from parity.rules._explain import claimants

PLACES = {
    Topic.WIRING: "where the input comes from",
    Topic.SHAPE: "shape of the output",
    Topic.INPUT_SHAPE: "shape of the input",
    Topic.INPUT_ORDER: "position among the inputs",
    Topic.FREE_SIZE: "dynamic sizes",
    Topic.ROW_ORDER: "order of the rows",
    Topic.AXES: "axes it works along",
    Topic.CONVENTION: "statistics used while it is frozen",
}
"""What is looked at where it is nothing in the layer that has a name."""

OF_OPERANDS = {HEAD_SIZE, VALUE_SIZE}
"""What is no setting of a layer, and told by what comes in."""

Watched = dict[str, tuple[str, ...]]
"""What each rule looks at: attributes, weights, or the name of its topic."""


def watched(view: View, left: Layer, right: Layer) -> Watched:
    """The rules that would claim a difference that two matched layers can have, and what it would be a difference of.

    What is asked is who claims the values as they are, and each of a few others in their place: there are rules for
    values that differ in a certain way.
    """
    found: dict[str, dict[str, None]] = {}
    for each in _possible(view, left, right):
        absent = each.topic is Topic.ATTRIBUTE and each.name not in OF_OPERANDS and _is_absent(each, left, right)
        for rule in claimants(each, view):
            if absent and rule.general:
                continue  # a setting that neither has is looked at by those only that are about it
            found.setdefault(rule.name, {})[PLACES.get(each.topic, each.name)] = None
    return {rule: tuple(names) for rule, names in found.items()}


def _is_absent(difference: Difference, left: Layer, right: Layer) -> bool:
    """Whether neither layer has the setting; where none tells an axis, both still have one."""
    if difference.left_value is None and difference.right_value is None:
        return True
    own = difference.name in left.attributes or difference.name in right.attributes
    return not own and not kind(left.kind).attributes[difference.name].is_axis


def _possible(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    for name, attribute in kind(left.kind).attributes.items():
        values = read_as(view, left, right, name, attribute)
        if not any(isinstance(value, Unknown) for value in values):
            for other in _others(*values):
                yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, name, *other)
    for role, mine, theirs in by_role(left, right):
        if mine is not None and theirs is not None:
            yield from _of_weight(view, (left, right), role, (mine, theirs))
    if left.inputs and right.inputs:
        yield from _of_inputs(left, right)
    if left.outputs and right.outputs:
        yield from _of_output(view, left, right)
    yield from _of_kind(view, left, right)


def _of_kind(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """What layers of their kind can differ in beside settings and weights."""
    if left.kind == "attention":
        for name in (HEAD_SIZE, VALUE_SIZE):
            yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, name)
    trains = not (view.left.inference_only or view.right.inference_only)
    yield Difference(Topic.PRECISION, Facet.ATTRIBUTES, left, right, PRECISION)
    if trains:
        yield Difference(Topic.HELD, Facet.ATTRIBUTES, left, right, f"activity_regularizer {PENALTY}")
    homes = {view.left.framework, view.right.framework}
    if trains and left.kind == "batch_norm" and homes == {Framework.KERAS, Framework.TORCH}:
        yield Difference(Topic.CONVENTION, Facet.ATTRIBUTES, left, right, FROZEN_NORM)


def _of_inputs(left: Layer, right: Layer) -> Iterator[Difference]:
    yield Difference(Topic.WIRING, Facet.STRUCTURE, left, right)
    if len(left.inputs) == len(right.inputs) == 1:
        yield Difference(Topic.WIRING, Facet.STRUCTURE, left, right, ORDER)
    yield Difference(Topic.AXES, Facet.SHAPES, left, right, "axes")


def _others(mine: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    """Both values as they are, and such as there are rules of their own for."""
    yield mine, theirs
    if isinstance(mine, int | float) and not isinstance(mine, bool):
        yield mine, mine + 1
        yield mine, 1 - mine
    if isinstance(mine, tuple) and mine and all(isinstance(each, tuple) and len(each) == 2 for each in mine):
        (before, after), *rest = mine
        if isinstance(before, int) and isinstance(after, int):
            yield mine, ((before, after + 1), *rest)
            yield mine, ((before + 1, after - 1), *rest)


def _of_weight(
    view: View, layers: tuple[Layer, Layer], role: str, weights: tuple[Weight, Weight]
) -> Iterator[Difference]:
    """What two weights of one role can differ in, and that one of them may not be there."""
    mine, theirs = weights
    told: list[tuple[Topic, Any, Any]] = [
        (Topic.WEIGHT, mine.shape, None),
        (Topic.WEIGHT, None, theirs.shape),
        (Topic.WEIGHT_SHAPE, mine.shape, theirs.shape),
        (Topic.LAYOUT, mine.axes, theirs.axes),
        (Topic.CENSUS, mine.census.value, theirs.census.value),
        (Topic.TIE, "shared", "separate"),
        (Topic.TIE, "separate", "shared"),
        (Topic.COUNTED, mine.numel, 0),
        (Topic.DTYPE, mine.dtype, theirs.dtype),
        (Topic.DTYPE, "int8", theirs.dtype),
    ]
    if "group*multiplier" in mine.axes:
        told.append((Topic.LAYOUT, mine.axes.replace("*", " "), theirs.axes))
    for topic, one, other in told:
        yield Difference(topic, Facet.COUNTS, *layers, role, one, other)
    if view.left.inference_only or view.right.inference_only:
        return
    held = [(REGULARIZER, mine.regularizer, theirs.regularizer), (CONSTRAINT, mine.constraint, theirs.constraint)]
    held += [(INITIALIZER, mine.initializer, theirs.initializer)] if mine.initializer and theirs.initializer else []
    for name, one, other in held:
        yield Difference(Topic.HELD, Facet.ATTRIBUTES, *layers, f"{role} {name}", one, other)


def _of_output(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    value, other = (graph.values.get(layer.outputs[0]) for graph, layer in ((view.left, left), (view.right, right)))
    mine, theirs = (each.shape if each is not None else None for each in (value, other))
    if left.kind != "input":
        yield Difference(Topic.SHAPE, Facet.SHAPES, left, right, "", mine, theirs)
    else:
        yield Difference(Topic.INPUT_SHAPE, Facet.SHAPES, left, right, "", mine, theirs)
        for axis in (value.axes if value is not None else None) or ():
            yield Difference(Topic.FREE_SIZE, Facet.SHAPES, left, right, axis or "")
        if len(view.left.inputs) > 1:
            yield Difference(Topic.INPUT_ORDER, Facet.STRUCTURE, left, right, "place", 0, 1)
    if left.kind in {"flatten", "reshape", "permute"}:
        for name in (ROWS, ELEMENTS):
            yield Difference(Topic.ROW_ORDER, Facet.SHAPES, left, right, name)
