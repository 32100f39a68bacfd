"""What follows from what: a change of one layer ripples through the shapes and weights of all that come after it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from parity.comparison._contract import Difference, Key, Topic, View
from parity.comparison.shapes import by_meaning
from parity.graph import Layer, LayerGraph, Value

RESHAPING = ("strides", "pool_size", "dilation", "ceil_mode", "groups", "amounts", "target", "order", "axis")
"""Attributes that change the sizes of what comes out, or of a weight; padding is looked at after them."""

GIVEN = {"in", "c", "left", "right"}
"""Axes of weights whose size is that of the layer's input."""

SPACE = {"D", "H", "W", "T"}


class Ripples:
    """The differences of a comparison, those that follow from others marked with their cause."""

    def __init__(self, view: View, found: Sequence[Difference]) -> None:
        """Sort the differences by the layers that they are of."""
        self.view = view
        self.found = list(found)
        self.left: dict[str, Key | None] = {}
        self.right: dict[str, Key | None] = {}
        self.of_pair: dict[tuple[str, str], list[int]] = {}
        self.alone: dict[str, Key] = {}
        self.stored: dict[tuple[str, ...], Key] = {}
        self.open = {each.key: each.unknown for each in self.found if each.unknown is not None}
        for at, each in enumerate(self.found):
            if each.left is not None and each.right is not None:
                self.of_pair.setdefault((each.left.path, each.right.path), []).append(at)
            elif each.topic is Topic.LAYER:
                self.alone[f"{'left' if each.left else 'right'}:{each.layer.path}"] = each.key

    def upstream(self, left: Layer, right: Layer) -> Key | None:
        """The difference that the inputs of a pair already follow from."""
        mine = (self._behind(value, of_left=True) for value in left.inputs)
        theirs = (self._behind(value, of_left=False) for value in right.inputs)
        return next((key for keys in (mine, theirs) for key in keys if key is not None), None)

    def ripple(self, left: str, right: str, cause: Key) -> None:
        """Note that two values differ, and why."""
        self.left[left] = self.right[right] = cause

    def _behind(self, value: str, *, of_left: bool) -> Key | None:
        """What a value follows from, through layers that only its side has: they may be the cause themselves."""
        graph, known = (self.view.left, self.left) if of_left else (self.view.right, self.right)
        taken = self.view.alignment.to_right if of_left else self.view.alignment.to_left
        pending = [value]
        while pending:
            layer = graph.producers.get(pending[-1])
            if pending[-1] in known or layer is None or layer.path in taken:
                pending.pop()
                continue
            todo = [each for each in layer.inputs if self._open(each, graph, known, taken)]
            if todo:
                pending.extend(todo)
                continue
            cause = next((key for each in layer.inputs if (key := known.get(each)) is not None), None)
            if cause is None and _reshapes(graph, layer):
                cause = self.alone.get(f"{'left' if of_left else 'right'}:{layer.path}")
            known.update(dict.fromkeys(layer.outputs, cause))
            pending.pop()
        return known.get(value)

    @staticmethod
    def _open(value: str, graph: LayerGraph, known: Mapping[str, Key | None], taken: Mapping[str, str]) -> bool:
        layer = graph.producers.get(value)
        return layer is not None and value not in known and layer.path not in taken

    def own(self, left: Layer, right: Layer, upstream: Key | None) -> Key | None:
        """The difference of the pair itself that its output follows from; those that only follow are marked."""
        places = self.of_pair.get((left.path, right.path), ())
        settings = [at for at in places if self.found[at].topic is Topic.ATTRIBUTE]
        roots = list(self._settings(settings, upstream))
        groups = next((root for root in roots if root[3] == "groups"), None)
        resized = self._weights(places, upstream, groups)
        roots += [resized] if resized is not None and resized not in roots else []
        roots += self._padding(settings, roots[0] if roots else upstream, left, right)
        wiring = [self.found[at].key for at in places if self.found[at].topic is Topic.WIRING]
        return next(iter((*roots, *wiring)), None)

    def _settings(self, places: Sequence[int], upstream: Key | None) -> Iterator[Key]:
        for at in places:
            each = self.found[at]
            if each.name not in RESHAPING:
                continue
            if upstream is not None and (each.name == "target" or (each.name == "groups" and _is_depthwise(each))):
                self._mark(at, upstream)
            else:
                yield each.key

    def _weights(self, places: Sequence[int], upstream: Key | None, groups: Key | None) -> Key | None:
        """The weight that has another size for a reason of its own; its bias and the like follow from it."""
        root = None
        for at in places:
            each = self.found[at]
            if each.topic is not Topic.WEIGHT_SHAPE:
                continue
            axes = _other_axes(each)
            given = upstream if axes <= GIVEN or (upstream is not None and _is_depthwise(each)) else None
            again = self.stored.setdefault(_storage(each), each.key)
            cause = given or (groups if axes <= GIVEN else None) or (again if again != each.key else root)
            if cause is not None:
                self._mark(at, cause)
            if cause is None or cause == again:
                root = root or again
        return root

    def _padding(self, places: Sequence[int], cause: Key | None, left: Layer, right: Layer) -> Iterator[Key]:
        """Padding ``same`` is written as amounts, which follow from kernel, stride and the size of the input."""
        for at in places:
            if self.found[at].name != "padding":
                continue
            if cause is not None and _keeps_size(self.view.left, left) and _keeps_size(self.view.right, right):
                self._mark(at, cause)
            else:
                yield self.found[at].key

    def _mark(self, at: int, cause: Key) -> None:
        self.found[at] = replace(self.found[at], cause=cause)


def _reshapes(graph: LayerGraph, layer: Layer) -> bool:
    """Whether what comes out of a layer is not of the size of what goes in, as far as is known."""
    before = graph.values.get(layer.inputs[0]) if layer.inputs else None
    after = graph.values.get(layer.outputs[0]) if layer.outputs else None
    return by_meaning(before) != by_meaning(after)


def _other_axes(difference: Difference) -> set[str]:
    """The axes along which a weight differs; none where they have no names, as those of a stored operand."""
    mine = difference.left.weight(difference.name) if difference.left else None
    theirs = difference.right.weight(difference.name) if difference.right else None
    if mine is None or theirs is None or sorted(mine.axes.split()) != sorted(theirs.axes.split()):
        return set()
    sizes = dict(zip(theirs.axes.split(), theirs.shape, strict=False))
    return {axis for axis, size in zip(mine.axes.split(), mine.shape, strict=False) if sizes.get(axis) != size}


def _storage(difference: Difference) -> tuple[str, ...]:
    """The stored tensors of a difference: a layer that is called twice differs once."""
    layers = [layer for layer in (difference.left, difference.right) if layer is not None]
    weights = [layer.weight(difference.name) for layer in layers]
    known = tuple(weight.storage for weight in weights if weight is not None)
    return known if len(known) == len(layers) else difference.key


def _is_depthwise(difference: Difference) -> bool:
    """Whether both layers have a group for each channel, so that groups and filters follow from the channels."""
    kernels = [layer.weight("kernel") for layer in (difference.left, difference.right) if layer is not None]
    sizes = [dict(zip(each.axes.split(), each.shape, strict=False)) for each in kernels if each is not None]
    groups = [layer.attributes.get("groups", 1) for layer in (difference.left, difference.right) if layer is not None]
    return len(sizes) == 2 and all(each.get("in") == 1 for each in sizes) and 1 not in groups


def _keeps_size(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a window gives ``ceil(size / stride)`` positions along every axis of space."""
    before = _space(graph.values.get(layer.inputs[0]) if layer.inputs else None)
    after = _space(graph.values.get(layer.outputs[0]) if layer.outputs else None)
    strides = layer.attributes.get("strides", ())
    if len(before) != len(strides) or len(after) != len(before):
        return False
    return all(-(-size // stride) == out for size, stride, out in zip(before, strides, after, strict=True))


def _space(value: Value | None) -> list[int]:
    if value is None or value.shape is None or value.axes is None:
        return []
    return [size for size, axis in zip(value.shape, value.axes, strict=True) if axis in SPACE and isinstance(size, int)]
