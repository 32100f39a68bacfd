"""Behavioural attributes of aligned layers, in canonical terms."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isclose
from typing import Any

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._masked_rows import ROW, is_masked_anyway
from parity.comparison.flattened import unfolded
from parity.comparison.modes import IN_MODE, cause_of_mode
from parity.comparison.orders import decided
from parity.graph import Effect, Evidence, Layer, LayerGraph, Unknown
from parity.graph.diagonals import Diagonals
from parity.graph.origin import home
from parity.kinds import BORDERS, MARK, UNTOLD, Attribute, kind, scores_pattern, window_ends
from parity.sizes import contradict

SINGLE_PRECISION = 1e-6
"""Relative error within which two numbers are the same: ONNX stores attributes as float32 (epsilon 2**-24)."""

FUNCTIONS = ("function", "units")

MASKS = "mask_zero"
"""The attribute of an embedding that has the layers after it skip steps."""

LOSS = "masks_loss"
"""The attribute of an embedding whose mask reaches the loss, as Keras alone hands it on: no other model has a loss."""

ARRANGING = {"order", "target"}
"""Attributes of what moves elements, which depend on the order that axes are in."""

BY_PLACE = {"amounts", "repeats"}
"""Attributes with an entry for each axis of the first input."""

AXIS_UNKNOWN = Unknown("axes may be in different orders, and no layer shows which axis is which")

NO_SHAPE = Unknown("the shape of what the layer takes is not known on one side, so that no axis can be told")

UNTRACED = Unknown(
    "one side does not record what is called between its layers, where steps could be masked",
    "compare a file that also holds the model's graph",
)

PADDED_BEFORE = Unknown(
    "one side does not record what is called between its layers, where more padding could be added",
    "compare a file that also holds the model's graph",
)


def differences(view: View) -> Iterator[Difference]:
    """Every behavioural attribute in which aligned layers differ, or which one side does not tell."""
    for left, right in view.pairs:
        found = list[Difference]()
        for name, attribute in kind(left.kind).attributes.items():
            if name in ARRANGING and (_one_target(view, left, right, name) or decided(view, left, right)):
                continue
            if name == ROW and is_masked_anyway(view, left, right):
                continue
            if not _one_rule(left, right, name) and not _is_idle(view, left, right, name, attribute):
                found += _of(view, left, right, name, attribute)
        yield from _of_one_function(found)


def _of_one_function(found: Sequence[Difference]) -> Iterator[Difference]:
    """What another function has no setting for follows from its being another; so does what else is dropped."""
    named = (
        each for each in found if each.name in FUNCTIONS and isinstance(each.left_value, str)
    )  # no number of units
    other = next((each for each in named if each.unknown is None), None)
    for each in found:
        lacks = other is not None and each is not other and None in (each.left_value, each.right_value)
        yield replace(each, cause=each.cause or other.key) if lacks and other is not None else each


def _of(view: View, left: Layer, right: Layer, name: str, attribute: Attribute) -> Iterator[Difference]:
    mine, theirs = read_as(view, left, right, name, attribute)
    unknown = next((value for value in (mine, theirs) if isinstance(value, Unknown)), None)
    if attribute.untold and None in (mine, theirs):
        if not mine and not theirs:
            return
        unknown = Unknown(attribute.untold, "compare the settings that the models are made from")
    sized = attribute.is_axis and _other_sizes((view.left, left, mine), (view.right, right, theirs))
    calls = mine is theirs and Evidence.GRAPH not in (view.left.evidence, view.right.evidence)
    if unknown is UNTOLD or (unknown is not None and calls):  # told once, for the whole file
        return
    if unknown is None and (equal(mine, theirs) or _is_one_mask(mine, theirs)) and not sized:
        return
    if attribute.is_axis and unknown is None and not _by_name(mine) and not sized and None not in (mine, theirs):
        alike = view.left.framework is view.right.framework and view.left.evidence is view.right.evidence
        alike = alike and _from_one_end(mine, theirs)
        unknown = None if alike else AXIS_UNKNOWN
    if attribute.is_axis and unknown is None and _lacks_shape((view.left, left, mine), (view.right, right, theirs)):
        unknown = NO_SHAPE
    if name in BY_PLACE and unknown is None and _may_be_turned(view, left, right, (mine, theirs)):
        unknown = AXIS_UNKNOWN
    if name == MASKS and unknown is None:
        unknown = _may_skip(view.right if mine else view.left)
    if name == "padding" and unknown is None and _may_be_padded_before(view, mine, theirs):
        unknown = PADDED_BEFORE
    mine, theirs = (None if isinstance(value, Unknown) else value for value in (mine, theirs))
    unseen = unknown is None and name in BORDERS and _ends_alike(view, left, right)
    cause = cause_of_mode(view) if name in IN_MODE else None
    found = Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, name, mine, theirs, unknown=unknown)
    yield replace(found, unseen=unseen, cause=cause)


def _is_one_mask(left: Any, right: Any) -> bool:
    """Whether one side has the numbers of a mask, and the other one tells what it lets through."""
    import numpy as np

    told, numbers = (left, right) if isinstance(left, str) else (right, left)
    if not (isinstance(told, str) and told.startswith(MARK) and isinstance(numbers, tuple | Diagonals)):
        return False
    array = np.asarray(numbers)
    return array.dtype.kind == "f" and f"{MARK}{scores_pattern(array)}" == told


def _lacks_shape(*sides: tuple[LayerGraph, Layer, Any]) -> bool:
    """Whether a side tells no axis since it takes a value of which the shape is not known."""
    return any(
        told is None and any(graph.shape(value) is None for value in layer.inputs) for graph, layer, told in sides
    )


def _may_be_turned(view: View, left: Layer, right: Layer, entries: tuple[Any, Any]) -> bool:
    """Whether entries for each axis are the same in another order, which models of two frameworks may have them in."""
    told = left.inputs and right.inputs and all(isinstance(each, tuple) for each in entries)
    if not told or home(view.left) is home(view.right):
        return False
    values = view.left.values.get(left.inputs[0]), view.right.values.get(right.inputs[0])
    named = all(value is not None and value.axes is not None and None not in value.axes for value in values)
    (first, *rest), (other, *more) = (each or (None,) for each in entries)
    return not named and first == other and sorted(map(repr, rest)) == sorted(map(repr, more))


def _may_skip(graph: LayerGraph) -> Unknown | None:
    """What of a side that has no mask can leave out steps itself."""
    if graph.evidence is not Evidence.GRAPH:
        return UNTRACED
    strange = next((layer for layer in graph.layers if layer.kind == "opaque" and layer.inputs), None)
    if strange is None:
        return None
    return Unknown(f"{strange.op} {strange.source}, which is not supported, can skip the steps of token 0 itself")


def _is_idle(view: View, left: Layer, right: Layer, name: str, attribute: Attribute) -> bool:
    """Whether training is not told of a layer in a file for inference, where nobody asks for it, or is not its own."""
    if name == LOSS and None in (left.attributes.get(name), right.attributes.get(name)):
        return True
    sides = (view.left, left), (view.right, right)
    asked = attribute.untold and attribute.effect is Effect.TRAINING
    return bool(asked) and any(graph.inference_only and not layer.attributes.get(name) for graph, layer in sides)


def _may_be_padded_before(view: View, mine: Any, theirs: Any) -> bool:
    """Whether a side that does not tell what is called between its layers can pad there what the other pads more."""
    sides = (view.left, mine, theirs), (view.right, theirs, mine)
    return any(
        graph.evidence is not Evidence.GRAPH
        and all(isinstance(each, tuple) for each in (own, other))
        and all(less <= more for pair in zip(own, other, strict=True) for less, more in zip(*pair, strict=True))
        for graph, own, other in sides
    )


def _ends_alike(view: View, left: Layer, right: Layer) -> bool:
    """Whether the windows of two layers do the same at the ends of inputs of one known size."""
    sizes = [_space(*side) for side in ((view.left, left), (view.right, right))]
    if not sizes[0] or sizes[0] != sizes[1]:
        return False
    ends = [
        [window_ends(layer.kind, layer.attributes, axis, size) for axis, size in enumerate(sizes[0])]
        for layer in (left, right)
    ]
    return None not in ends[0] and ends[0] == ends[1]


def _space(graph: LayerGraph, layer: Layer) -> tuple[int, ...]:
    """The spatial sizes of what a window slides over; empty where they are not all known."""
    shape = graph.shape(layer.inputs[0]) if layer.inputs else None
    at = 1 if layer.attributes.get("data_format") == "channels_last" else 2
    sizes = shape[at : at + len(shape) - 2] if shape is not None else ()
    return tuple(size for size in sizes if isinstance(size, int)) if all(isinstance(one, int) for one in sizes) else ()


def read_as(view: View, left: Layer, right: Layer, name: str, attribute: Attribute) -> tuple[Any, Any]:
    """The values of an attribute as they are compared: an axis is told by its meaning where that is known."""
    mine, theirs = (layer.attributes.get(name, attribute.default) for layer in (left, right))
    if attribute.is_axis:
        return _axes((view.left, left, mine), (view.right, right, theirs))
    return mine, theirs


def _one_target(view: View, left: Layer, right: Layer, name: str) -> bool:
    """Whether two reshapes make one shape, but for free sizes; the order of its rows is told as such."""
    targets = (layer.attributes.get(name) for layer in (left, right))
    return name == "target" and (_fits(*targets) or unfolded(left, right, (view.left, view.right)) is not None)


def _one_rule(left: Layer, right: Layer, name: str) -> bool:
    """Whether an attribute follows by one rule on both sides from the input size, which is compared.

    So do the amounts of padding ``same``, and the scales of a resize to a fixed size.
    """
    rule = left.attributes.get(f"{name}_rule")
    return rule is not None and rule == right.attributes.get(f"{name}_rule")


def _fits(left: Any, right: Any) -> bool:
    """Whether two shapes are the same but for sizes that one side leaves free: the sizes themselves are compared."""
    return isinstance(left, tuple) and isinstance(right, tuple) and not contradict(left, right)


def equal(left: Any, right: Any, most: float = 0.0) -> bool:
    """Equality up to the rounding of single precision.

    Args:
        left: a value.
        right: another one.
        most: the greatest number among those they are of. A table of sines is rounded as what is near 1 is, also where
            it passes 0; numbers far beyond 1 in it, which masks have, allow no more.

    >>> equal(1e-05, 9.999999747378752e-06)
    True
    >>> equal((1.0, 1.2e-16), (1.0, -8.7e-08))
    True
    """
    if isinstance(left, float | int) and isinstance(right, float | int):
        return isclose(left, right, rel_tol=SINGLE_PRECISION, abs_tol=SINGLE_PRECISION * min(1.0, most))
    if isinstance(left, tuple) and isinstance(right, tuple):
        most = max((abs(each) for each in (*left, *right) if isinstance(each, float)), default=0.0)
        return len(left) == len(right) and all(equal(*each, most) for each in zip(left, right, strict=True))
    return bool(left == right)


def _axes(*sides: tuple[LayerGraph, Layer, Any]) -> tuple[Any, Any]:
    """What the axes of two layers mean where all are known by name, else their numbers from the end."""
    left, right = (_axis(*side, named=True) for side in sides)
    if _by_name(left) and _by_name(right):
        return left, right
    left, right = (_axis(*side, named=False) for side in sides)
    return left, right


def _from_one_end(*axes: Any) -> bool:
    """Whether all are counted from the same end: without a shape an axis stays as its source counts it."""
    numbers = [each for axis in axes for each in (axis if isinstance(axis, tuple) else (axis,))]
    return len({each < 0 for each in numbers if isinstance(each, int)}) <= 1


def _by_name(axis: Any) -> bool:
    return all(isinstance(each, str) for each in (axis if isinstance(axis, tuple) else (axis,)))


def _axis(graph: LayerGraph, layer: Layer, axis: Any, *, named: bool) -> Any:
    """The meaning of an axis, or of several in an order that does not depend on the layout."""
    if isinstance(axis, tuple):
        found = [_axis(graph, layer, each, named=named) for each in axis]
        return tuple(sorted(found, key=lambda each: (isinstance(each, str), each)))
    value = graph.values.get(layer.inputs[0]) if layer.inputs else None
    if not isinstance(axis, int) or value is None or value.shape is None:
        return axis
    at = axis % len(value.shape)
    name = value.axes[at] if named and value.axes is not None else None
    return "*".join(sorted(name.split("*"))) if name is not None else at - len(value.shape)


def _other_sizes(*sides: tuple[LayerGraph, Layer, Any]) -> bool:
    """Whether axes, told by number, are certainly not the same ones: the shapes agree and their sizes do not."""
    found = []
    for graph, layer, axis in sides:
        shape = graph.shape(layer.inputs[0]) if layer.inputs else None
        axes = axis if isinstance(axis, tuple) else (axis,)
        if shape is None or not all(isinstance(each, int) and -len(shape) <= each < len(shape) for each in axes):
            return False
        found.append(([shape[each] for each in axes], sorted(map(str, shape[1:]))))
    (mine, all_mine), (theirs, all_theirs) = found
    known = all(isinstance(size, int) for size in (*mine, *theirs))
    return known and sorted(map(str, mine)) != sorted(map(str, theirs)) and all_mine == all_theirs
