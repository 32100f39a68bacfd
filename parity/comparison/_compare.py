"""Run every facet and trace what follows from what."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from parity.alignment import Alignment
from parity.comparison import (
    attributes,
    conventions,
    counts,
    dtypes,
    extensions,
    first_axes,
    flattened,
    given_sizes,
    grids,
    held,
    modes,
    orders,
    shapes,
    shifted_tables,
    structure,
    tracing,
    transformations,
)
from parity.comparison._contract import Comparison, Difference, Topic, View, foreign
from parity.comparison._interfaces import takes_the_same
from parity.comparison._near_strange import near_strange, undecided
from parity.comparison._ripples import Ripples
from parity.comparison.heads import with_heads
from parity.comparison.named_sizes import NamedSizes
from parity.comparison.other_order import without_orders
from parity.graph import Evidence, Layer, LayerGraph, Unknown, Value

BOUNDS = Unknown("these operators are not supported, so it is not known where each begins and ends")


def compare(left: LayerGraph, right: LayerGraph, alignment: Alignment) -> Comparison:
    """Find every difference between two aligned graphs, roots before what follows from them."""
    view = View(left, right, alignment)
    found: list[Difference] = [
        *modes.differences(view),
        *structure.differences(view),
        *tracing.without_misnamed(view, list(attributes.differences(view))),
        *counts.differences(view),
        *dtypes.differences(view),
        *grids.differences(view),
        *transformations.differences(view),
        *conventions.differences(view),
        *held.differences(view),
        *extensions.differences(),
    ]
    near = near_strange(view)
    ripples = Ripples(
        view, shifted_tables.folded(view, with_heads(view, list(_open_too(list(undecided(near, found))))))
    )
    alike, named = _alike(view), NamedSizes(view)
    sized = [_made_for(ripples, each) for pair in view.pairs for each in _of_pair(ripples, *pair, alike, named)]
    told = (*ripples.found, *undecided(near, sized))
    if not left.evidence is Evidence.GRAPH is right.evidence:
        return Comparison(view, told)
    trace = tracing.followed(view, told)
    return Comparison(view, tuple(without_orders(trace, (*told, *undecided(near, trace.found)))))


def _open_too(found: Sequence[Difference]) -> Iterator[Difference]:
    """The same differences; the weights of a layer that the other side may have are not said to be on one side only."""
    layers = {each.key[1:]: each.unknown for each in found if each.topic is Topic.LAYER}
    for each in found:
        if each.topic is Topic.LAYER_WEIGHTS and each.unknown is None:
            yield replace(each, unknown=layers.get(each.key[1:]))
        else:
            yield each


def _alike(view: View) -> set[str]:
    """The left values that have the shape of their counterpart, known or not: the same is computed of the same."""
    found: set[str] = set()
    for left, right in view.pairs:
        ends = list(zip(left.inputs, right.inputs, strict=False))
        known = ((a, view.left.shape(a), view.right.shape(b)) for a, b in ends)
        same = len(left.inputs) == len(right.inputs) and left.kind == right.kind and left.attributes == right.attributes
        same = same and [each.shape for each in left.weights] == [each.shape for each in right.weights]
        if (
            same
            and left.kind != "input"
            and all(a in found or (mine == theirs is not None) for a, mine, theirs in known)
        ):
            found.update(left.outputs)
    return found


def _of_pair(
    ripples: Ripples, left: Layer, right: Layer, alike: Collection[str], named: NamedSizes
) -> Iterator[Difference]:
    """Differences in the shapes of one pair's outputs, with what they follow from."""
    view = ripples.view
    upstream = ripples.upstream(left, right)
    cause = ripples.own(left, right, upstream) or upstream
    # What follows from something that cannot be decided cannot be decided either.
    unsettled = ripples.open.get(cause) if cause is not None else None
    if view.left.evidence is not Evidence.GRAPH or view.right.evidence is not Evidence.GRAPH:
        return
    for at, (a, b) in enumerate(zip(left.outputs, right.outputs, strict=False)):
        mine, theirs = view.left.values.get(a), view.right.values.get(b)
        if mine is None or theirs is None or mine.shape is None or theirs.shape is None:
            yield from _unread(view, left, right, at) if a not in alike else ()
            continue
        if left.kind == "input":
            yield from shapes.free_sizes(left, right, mine, theirs)
        apart = first_axes.differ(view, left, right, at) or given_sizes.differ(view, left, right, at)
        yield from given_sizes.untold(view, left, right, at)
        apart = apart or _crossed_here(view, left, right, mine, theirs)
        agree = shapes.agree(mine, theirs) or (mine.shape == theirs.shape and takes_the_same(view))
        if not apart and (agree or orders.compared_later(view, left, right)):
            if left.kind == "input":
                same = view.left.framework is view.right.framework
                yield from shapes.of_input(left, right, mine, theirs, one_framework=same)
            if left.kind in {"flatten", "reshape"} and right.inputs:
                yield from flattened.rows(view, left, right)
            ordered = orders.differences(view, left, right)
            yield from (replace(each, unknown=unsettled, cause=cause) if unsettled else each for each in ordered)
            yield from named.differences(left, right, at)
            continue
        topic = Topic.INPUT_SHAPE if left.kind == "input" else Topic.SHAPE
        name = str(at) if at else ""
        unknown = BOUNDS if foreign(left, right) else unsettled
        values = mine.shape, theirs.shape
        found = Difference(topic, shapes.SHAPES, left, right, name, *values, unknown=unknown, cause=cause)
        if left.kind != "fill":
            ripples.ripple(a, b, cause or found.key)
        yield found


def _crossed_here(view: View, left: Layer, right: Layer, mine: Value, theirs: Value) -> bool:
    """Whether two reshapes of one input leave free what the other one fixes, where frameworks order axes alike."""
    reshapes = left.kind == right.kind == "reshape" and left.inputs and right.inputs
    if not reshapes or view.left.framework is not view.right.framework or not shapes.crossed(mine, theirs):
        return False
    before = view.left.values.get(left.inputs[0]), view.right.values.get(right.inputs[0])
    if before[0] is None or before[1] is None:
        return False
    return shapes.places_fit(before[0], before[1]) and not shapes.crossed(before[0], before[1])


def _made_for(ripples: Ripples, difference: Difference) -> Difference:
    """A constant has the size that the layer needs which it is made for: a recurrent layer's state of zeros."""
    left = difference.left
    if left is None or left.kind != "fill" or difference.cause is not None:
        return difference
    users = {user.path for value in left.outputs for user in ripples.view.left.consumers.get(value, ())}
    roots = (each for each in ripples.found if each.left is not None and each.left.path in users)
    cause = next((each.key for each in roots if each.topic is Topic.WEIGHT_SHAPE and each.cause is None), None)
    return replace(difference, cause=cause)


def _unread(view: View, left: Layer, right: Layer, at: int) -> Iterator[Difference]:
    """A shape that one side does not tell, where somebody uses the value."""
    a, b = left.outputs[at], right.outputs[at]
    used = a in view.left.consumers or a in view.left.outputs or b in view.right.consumers or b in view.right.outputs
    if not used or left.kind == "opaque":
        return
    values = view.left.values.get(a), view.right.values.get(b)
    reason = next((value.reason for value in values if value is not None and value.reason), "no shape is recorded")
    yield Difference(Topic.SHAPE, shapes.SHAPES, left, right, f"output {at}", unknown=Unknown(reason))
