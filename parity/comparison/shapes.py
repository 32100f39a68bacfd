"""Shapes of aligned layers by the meaning of their axes, and what follows from what."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.graph import Dim, Evidence, Layer, Shape, Unknown, Value

SHAPES = Facet.SHAPES
RESHAPING = ("strides", "padding", "pool_size", "dilation", "ceil_mode", "amounts", "target", "order", "axis")
"""Attributes that change the shape of what comes out."""


def with_ripples(view: View, found: Sequence[Difference]) -> Iterator[Difference]:
    """All differences, those of shapes added and those that follow from others marked with their cause."""
    if view.left.evidence is not Evidence.GRAPH or view.right.evidence is not Evidence.GRAPH:
        yield from found
        return
    ripples = _Ripples(view, found)
    for left, right in view.pairs:
        ripples.visit(left, right)
    yield from ripples.marked()
    yield from ripples.shapes


def by_meaning(value: Value | None) -> dict[str, Dim] | list[Dim] | None:
    """Sizes without the batch: by axis name where all are named, else sorted."""
    if value is None or value.shape is None:
        return None
    axes = value.axes
    if axes is not None and None not in axes and len(set(axes)) == len(axes):
        named = zip(axes, value.shape, strict=True)
        return {"*".join(sorted(axis.split("*"))): size for axis, size in named if axis is not None and axis != "N"}
    return sorted(value.shape[1:], key=str)


def agree(left: Value, right: Value) -> bool:
    """Whether two known shapes are the same but for the batch and for sizes that one of them leaves free."""
    mine, theirs = by_meaning(left), by_meaning(right)
    if isinstance(mine, dict) and isinstance(theirs, dict) and mine.keys() == theirs.keys():
        return all(_fits(size, theirs[axis]) for axis, size in mine.items())
    first, second = _rest(left.shape), _rest(right.shape)
    if any(not isinstance(size, int) for size in (*first, *second)):
        return len(first) == len(second)
    return sorted(map(str, first)) == sorted(map(str, second))


def _rest(shape: Shape | None) -> Shape:
    return shape[1:] if shape else ()


def _fits(mine: Dim, theirs: Dim) -> bool:
    return mine == theirs or not isinstance(mine, int) or not isinstance(theirs, int)


class _Ripples:
    def __init__(self, view: View, found: Sequence[Difference]) -> None:
        self.view = view
        self.found = list(found)
        self.shapes: list[Difference] = []
        self.roots: dict[str, Key] = {}
        self.unknown = False
        self.of_pair: dict[tuple[str, str], list[int]] = {}
        for at, each in enumerate(self.found):
            if each.left is not None and each.right is not None:
                self.of_pair.setdefault((each.left.path, each.right.path), []).append(at)

    def visit(self, left: Layer, right: Layer) -> None:
        """Compare one pair's outputs and decide what its differences follow from."""
        upstream = next((self.roots[value] for value in left.inputs if value in self.roots), None)
        own = self._own(left, right, upstream)
        for at, (a, b) in enumerate(zip(left.outputs, right.outputs, strict=False)):
            mine, theirs = self.view.left.values.get(a), self.view.right.values.get(b)
            if mine is None or theirs is None or mine.shape is None or theirs.shape is None:
                self._unread(left, right, a, b, at)
                continue
            if left.kind == "input":
                self.shapes.extend(_free(left, right, mine, theirs))
            if agree(mine, theirs):
                if left.kind == "flatten" and _merges(self.view.left.shape(left.inputs[0])):
                    self.shapes.extend(_rows(left, right, mine, theirs))
                continue
            topic = Topic.INPUT_SHAPE if left.kind == "input" else Topic.SHAPE
            cause = own or upstream
            difference = Difference(
                topic, SHAPES, left, right, str(at) if at else "", mine.shape, theirs.shape, cause=cause
            )
            self.shapes.append(difference)
            self.roots[a] = cause or difference.key

    def _own(self, left: Layer, right: Layer, upstream: Key | None) -> Key | None:
        """The difference of the pair itself that changes its shape; those that only follow are marked."""
        root = None
        for at in self.of_pair.get((left.path, right.path), ()):
            each = self.found[at]
            if each.topic is Topic.WEIGHT_SHAPE and upstream is not None and _only_rows(each):
                self.found[at] = replace(each, cause=upstream)
            elif each.topic is Topic.WEIGHT_SHAPE or (each.topic is Topic.ATTRIBUTE and each.name in RESHAPING):
                if root is None:
                    root = each.key
                elif each.topic is Topic.WEIGHT_SHAPE:
                    self.found[at] = replace(each, cause=root)
        return root

    def _unread(self, left: Layer, right: Layer, a: str, b: str, at: int) -> None:
        used = a in self.view.left.consumers or a in self.view.left.outputs
        if not used or left.kind == "opaque":
            return
        values = self.view.left.values.get(a), self.view.right.values.get(b)
        reason = next((value.reason for value in values if value is not None and value.reason), "no shape is recorded")
        name = f"output {at}"
        self.shapes.append(Difference(Topic.SHAPE, SHAPES, left, right, name, unknown=Unknown(reason)))

    def marked(self) -> Iterator[Difference]:
        """The differences of the other facets."""
        yield from self.found


def _only_rows(difference: Difference) -> bool:
    """Whether a weight differs only along the axis that the layer's input decides."""
    mine = difference.left.weight(difference.name) if difference.left else None
    theirs = difference.right.weight(difference.name) if difference.right else None
    if mine is None or theirs is None or sorted(mine.axes.split()) != sorted(theirs.axes.split()):
        return False
    sizes = dict(zip(theirs.axes.split(), theirs.shape, strict=True))
    return all(sizes[axis] == size for axis, size in zip(mine.axes.split(), mine.shape, strict=True) if axis != "in")


def _free(left: Layer, right: Layer, mine: Value, theirs: Value) -> Iterator[Difference]:
    """Sizes of an input that one side leaves free and the other fixes."""
    if mine.shape is None or theirs.shape is None or len(mine.shape) != len(theirs.shape):
        return
    for axis, size in _sizes(mine).items():
        other = _sizes(theirs).get(axis)
        if axis in _sizes(theirs) and isinstance(size, int) != isinstance(other, int):
            yield Difference(Topic.FREE_SIZE, SHAPES, left, right, axis, size, other)


def _sizes(value: Value) -> dict[str, Dim]:
    shape = value.shape or ()
    axes = value.axes or ("N", *(None,) * (len(shape) - 1))
    return {axis or str(at): size for at, (axis, size) in enumerate(zip(axes, shape, strict=True))}


def _merges(shape: Shape | None) -> bool:
    """Whether more than one axis besides the batch has more than one element, so that their order shows."""
    return shape is not None and sum(size != 1 for size in shape[1:]) > 1


def _rows(left: Layer, right: Layer, mine: Value, theirs: Value) -> Iterator[Difference]:
    a = mine.axes[-1] if mine.axes else None
    b = theirs.axes[-1] if theirs.axes else None
    if a is not None and b is not None and a != b:
        yield Difference(Topic.ROW_ORDER, SHAPES, left, right, "rows", a, b)
