"""Weights of aligned layers by role: which are there, how large, how laid out, who counts them, who trains them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from parity.axes import sizes
from parity.census import PARAMETERS, by_class, class_of, counts, distinct, headline
from parity.comparison import uncounted
from parity.comparison._contract import Difference, Facet, Topic, View, foreign
from parity.graph import Census, Evidence, Layer, LayerGraph, Unknown, Weight

COUNTS = Facet.COUNTS

REGION = "a part of the model"
"""How parts are called that are written with other layers and compute the same."""

NO_KIND = Unknown("this operator is not supported, so its weights could be packed differently on the other side")
MAY_VANISH = Unknown(
    "a BatchNorm of that size would subtract the bias again, and neither side records the order of its layers",
    "compare a file that also holds the model",
)
MAY_BE_MERGED = Unknown(
    "a BatchNorm of that size can have been merged into the layer, and one side does not record its wiring",
    "compare a file that also holds the model",
)
NO_ROLE = Unknown("the role of this weight is not known")


def differences(view: View) -> Iterator[Difference]:
    """Every difference in weights; what these leave of the differences of the totals is one more each."""
    found = [*_differences(view), *uncounted.differences(view)]
    yield from found
    left, right = (headline(graph.framework, graph.weights).total for graph in (view.left, view.right))
    if right - left != sum(each.delta for each in found):
        yield Difference(Topic.REMAINDER, COUNTS, name="total", left_value=left, right_value=right)
    mine, theirs = by_class(view.left.weights, view.right.weights)
    for name in dict.fromkeys((*mine, *theirs)):
        left, right = mine.get(name, 0), theirs.get(name, 0)
        if right - left != sum(each.by_class.get(name, 0) for each in found):
            yield Difference(Topic.REMAINDER, COUNTS, name=name, left_value=left, right_value=right)


def _differences(view: View) -> Iterator[Difference]:
    either = _is_presumed(view.left) or _is_presumed(view.right)
    left, right = _Tally(view.left, presumed=either), _Tally(view.right, presumed=either)
    may_vanish = _Vanishing(view)
    presumed, guessed = False, Counter[str]()
    for mine, theirs in _in_order(view):
        if mine.kind == "region" == theirs.kind:
            yield from _of_region(mine, theirs, left.take_all(mine.weights), right.take_all(theirs.weights))
            continue
        for role, a, b in by_role(mine, theirs):
            pairing = Pairing(mine, theirs, role, a, b, left.take(a), right.take(b))
            told = list(_of_role(pairing))
            for found in told:
                yield replace(found, unknown=why) if (why := may_vanish(found)) is not None else found
            if _presumed(a, b):
                presumed = True
                guessed.update({} if any(each.by_class for each in told) else pairing.by_class)
    yield from _one_sided(view, left, right)
    yield from _left_out(view, left, right)
    if presumed:
        yield replace(_trainability(view), by_class=_nonzero(guessed))


def _of_region(mine: Layer, theirs: Layer, one: "Share", other: "Share") -> Iterator[Difference]:
    """Parts that compute the same: what their weights are in the counts of each side."""
    pairing = Pairing(mine, theirs, "", None, None, one, other)
    values = f"{len(mine.sources)} layers", f"{len(theirs.sources)} layers"
    found = Difference(Topic.WRITTEN, Facet.STRUCTURE, mine, theirs, REGION, *values)
    yield replace(found, delta=pairing.delta, by_class=pairing.by_class)


class _Vanishing:
    """Tells which biases on one side only a BatchNorm may have to do with, where a side tells nothing of the order.

    It takes a bias out again that comes before it; and one that is merged into a layer leaves a bias there.
    """

    def __init__(self, view: View) -> None:
        sides = (view.left, view.right) if Evidence.GRAPH not in (view.left.evidence, view.right.evidence) else ()
        self.taken_out = {size for graph in sides for size in _norms(graph)}
        self.left_in: dict[bool, set[tuple[int, ...]]] = {}
        for on_left, one, other in ((True, view.left, view.right), (False, view.right, view.left)):
            if one.inference_only and other.evidence is not Evidence.GRAPH:
                self.left_in[on_left] = _norms(other)

    def __call__(self, found: Difference) -> Unknown | None:
        if found.topic is not Topic.WEIGHT or found.name != "bias":
            return None
        size, on_left = found.left_value or found.right_value, found.left_value is not None
        if size in self.taken_out:
            return MAY_VANISH
        return MAY_BE_MERGED if size in self.left_in.get(on_left, ()) else None


def _norms(graph: LayerGraph) -> set[tuple[int, ...]]:
    """The sizes of the batch norms of a model."""
    norms = [layer.weights for layer in graph.layers if layer.kind == "batch_norm"]
    return {weight.shape for weights in norms for weight in weights if weight.role == "moving_mean"}


def _in_order(view: View) -> list[tuple[Layer, Layer]]:
    """The pairs in an order that does not depend on which side is the left one: it decides where a tie is told."""
    if not _has_ties(view.left) and not _has_ties(view.right):
        return list(view.pairs)
    left = {layer.path: at for at, layer in enumerate(view.left.layers)}
    right = {layer.path: at for at, layer in enumerate(view.right.layers)}
    by_left = _told(view.left) <= _told(view.right)

    def place(pair: tuple[Layer, Layer]) -> tuple[int, int]:
        a, b = left[pair[0].path], right[pair[1].path]
        return a + b, a if by_left else b

    return sorted(view.pairs, key=place)


def _has_ties(graph: LayerGraph) -> bool:
    uses = [weight.storage for layer in graph.layers for weight in layer.weights]
    return len(set(uses)) < len(uses)


def _told(graph: LayerGraph) -> tuple[str, list[str]]:
    return graph.framework.value, [repr(layer) for layer in graph.layers]


@dataclass(frozen=True, slots=True)
class Pairing:
    """One role of two aligned layers: the weights, and what they are in the counts of each side.

    That is None where the side has counted them already, under a weight that they are tied to.
    """

    left: Layer
    right: Layer
    role: str
    mine: Weight | None
    theirs: Weight | None
    left_share: "Share | None"
    right_share: "Share | None"

    @property
    def delta(self) -> int:
        """What the role adds to the right total over the left one."""
        return (self.right_share or NO_SHARE).counted - (self.left_share or NO_SHARE).counted

    @property
    def by_class(self) -> dict[str, int]:
        """What the role adds to each class."""
        return _added(self.left_share or NO_SHARE, self.right_share or NO_SHARE)


@dataclass(frozen=True, slots=True)
class Share:
    """What stored tensors are in the counts of their model: elements of its headline, and elements by class.

    The class is that of a single tensor.
    """

    counted: int
    held: Mapping[str, int]
    census: Census | None = None


NO_SHARE = Share(0, {})


def _added(left: Share, right: Share) -> dict[str, int]:
    """What the right has more of each class than the left."""
    found = Counter(right.held)
    found.subtract(left.held)
    return _nonzero(found)


def _nonzero(found: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in found.items() if count}


class _Tally:
    """Counts each stored tensor once, as the framework does: by the class of the first weight that is stored there."""

    def __init__(self, graph: LayerGraph, *, presumed: bool) -> None:
        self.left: dict[str, Share] = {}
        for weight in distinct(graph.weights):
            name = class_of(weight, presumed=presumed)
            held = {name: weight.numel} if name is not None else {}
            self.left[weight.storage] = Share(counts(graph.framework, weight), held, weight.census)

    def take(self, weight: Weight | None) -> Share | None:
        return self.left.pop(weight.storage, None) if weight is not None else NO_SHARE

    def take_all(self, weights: Iterable[Weight]) -> Share:
        found = [self.take(weight) or NO_SHARE for weight in weights]
        held: Counter[str] = Counter()
        for each in found:
            held.update(each.held)
        return Share(sum(each.counted for each in found), held)


def by_role(left: Layer, right: Layer) -> Iterator[tuple[str, Weight | None, Weight | None]]:
    """The weights of two aligned layers, by what they are to the layer; none of parts, which are looked at whole."""
    if left.kind == "region" == right.kind:
        return
    if foreign(left, right):
        yield from _by_size(left, right)
        return
    mine, theirs = _named(left), _named(right)
    for role in dict.fromkeys((*mine, *theirs)):
        yield role, mine.get(role), theirs.get(role)


def of_parts(left: Layer, right: Layer) -> Iterator[tuple[Weight, Weight]]:
    """The weights of two parts that compute the same, each beside the only one of its sizes.

    Those with equal axes are left out, which the other side may have transposed.
    """
    mine, theirs = _of_own_sizes(left), _of_own_sizes(right)
    for found in mine.keys() & theirs.keys():
        if mine[found].shape == theirs[found].shape:
            yield mine[found], theirs[found]


def _of_own_sizes(layer: Layer) -> dict[tuple[int, ...], Weight]:
    named = [(tuple(sorted(weight.shape)), weight) for weight in layer.weights]
    seen = Counter(sizes for sizes, _ in named)
    return {sizes: weight for sizes, weight in named if seen[sizes] == 1 and len({*sizes}) == len(sizes)}


def _by_size(left: Layer, right: Layer) -> Iterator[tuple[str, Weight | None, Weight | None]]:
    """Operators that are not supported name their weights each in its own way: those of equal sizes belong together."""
    rest: dict[tuple[int, ...], list[Weight]] = {}
    for weight in right.weights:
        rest.setdefault(tuple(sorted(weight.shape)), []).append(weight)
    for weight in left.weights:
        same = rest.get(tuple(sorted(weight.shape)))
        yield weight.name, weight, same.pop(0) if same else None
    names = {weight.name for weight in left.weights}
    for weight in (each for found in rest.values() for each in found):
        yield f"{weight.name} of {right.op}" if weight.name in names else weight.name, None, weight


def _named(layer: Layer) -> dict[str, Weight]:
    """Weights by role; those without one by their place among those."""
    loose = [weight for weight in layer.weights if weight.role is None]
    named = {weight.role: weight for weight in layer.weights if weight.role is not None}
    return named | {f"weight {at}": weight for at, weight in enumerate(loose)}


def _of_role(pairing: Pairing) -> Iterator[Difference]:
    left, right, role = pairing.left, pairing.right, pairing.role
    mine, theirs, delta, held = pairing.mine, pairing.theirs, pairing.delta, pairing.by_class
    if mine is None or theirs is None:
        found = mine or theirs
        if found is None or (found.census is Census.RNG and not delta and not held):
            return
        if found.census is Census.CONSTANT and not delta and not held and found.role is None:
            return
        shapes = mine.shape if mine else None, theirs.shape if theirs else None
        unknown = NO_KIND if foreign(left, right) else None if found.role is not None else NO_ROLE
        yield Difference(Topic.WEIGHT, COUNTS, left, right, role, *shapes, delta, held, unknown)
        return
    if not foreign(left, right) and not same_sizes(mine, theirs):
        yield Difference(Topic.WEIGHT_SHAPE, COUNTS, left, right, role, mine.shape, theirs.shape, delta, held)
        return
    classes = _class(mine, pairing.left_share), _class(theirs, pairing.right_share)
    other_class = classes[0] is not classes[1] and not _presumed(mine, theirs)
    moved = {} if other_class else held
    ties = pairing.left_share is None, pairing.right_share is None
    if ties[0] != ties[1]:
        told = ("shared", "separate") if ties[0] else ("separate", "shared")
        yield Difference(Topic.TIE, COUNTS, left, right, role, *told, delta, moved)
    elif delta:
        a, b = ((share or NO_SHARE).counted for share in (pairing.left_share, pairing.right_share))
        yield Difference(Topic.COUNTED, COUNTS, left, right, role, a, b, delta, moved)
    if mine.axes != theirs.axes:
        yield Difference(Topic.LAYOUT, COUNTS, left, right, role, mine.axes, theirs.axes)
    if other_class:
        told = classes[0].value, classes[1].value
        yield Difference(Topic.CENSUS, COUNTS, left, right, role, *told, by_class=held)


def _class(weight: Weight, share: Share | None) -> Census:
    """The class of a weight; of a stored tensor with several uses it is that of the first."""
    return share.census if share is not None and share.census is not None else weight.census


def same_sizes(mine: Weight, theirs: Weight) -> bool:
    """Whether two weights have the same size along every axis that they name, or the same shape where names lack.

    An axis that one side merges of two that the other side names has the product of their sizes; an axis of one element
    may be left out.
    """
    if not mine.axes or not theirs.axes:
        return _bare(mine.shape) == _bare(theirs.shape)
    left, right = sizes(mine.axes, mine.shape), sizes(theirs.axes, theirs.shape)
    return _covers(left, right) and _covers(right, left)


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the axes of one element before the others, which mean the same as none."""
    first = next((at for at, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]


def _covers(left: Mapping[str, int], right: Mapping[str, int]) -> bool:
    """Whether the right side's axes have the sizes of all the left ones."""
    merged = {part for axis in right if "*" in axis for part in axis.split("*")}
    return all(
        right[axis] == size
        if axis in right
        else axis in merged or size == prod(right.get(part, 0) for part in axis.split("*")) or size == 1
        for axis, size in left.items()
    )


def _presumed(mine: Weight | None, theirs: Weight | None) -> bool:
    return any(each is not None and each.presumed and each.census in PARAMETERS for each in (mine, theirs))


def _one_sided(view: View, left: _Tally, right: _Tally) -> Iterator[Difference]:
    """Weights of layers that only one side has."""
    for path in view.alignment.left_only:
        layer = view.left_layers[path]
        share = left.take_all(layer.weights)
        held = {name: -count for name, count in share.held.items()}
        if layer.weights:
            values = share.counted, 0, -share.counted
            yield Difference(Topic.LAYER_WEIGHTS, COUNTS, layer, None, layer.kind, *values, held)
    for path in view.alignment.right_only:
        layer = view.right_layers[path]
        share = right.take_all(layer.weights)
        if layer.weights:
            values = 0, share.counted, share.counted
            yield Difference(Topic.LAYER_WEIGHTS, COUNTS, None, layer, layer.kind, *values, share.held)


def _left_out(view: View, left: _Tally, right: _Tally) -> Iterator[Difference]:
    """Outputs that nobody asks about, with the weights that serve nothing else."""
    names = view.left.outputs_left_out, view.right.outputs_left_out
    if any(names):
        mine, theirs = left.take_all(view.left.weights_left_out), right.take_all(view.right.weights_left_out)
        delta, held = theirs.counted - mine.counted, _added(mine, theirs)
        yield Difference(Topic.LEFT_OUT, Facet.STRUCTURE, None, None, "outputs", *names, delta, held)


def _trainability(view: View) -> Difference:
    sides = [(name, graph) for name, graph in (("left", view.left), ("right", view.right)) if _is_presumed(graph)]
    reason = f"the {sides[0][0]} file does not record which weights are frozen"
    if len(sides) > 1:
        reason = "neither file records which weights are frozen"
    remedy = "compare the model that it was made from, or the live model"
    return Difference(Topic.TRAINABILITY, COUNTS, name="trainable", unknown=Unknown(reason, remedy))


def _is_presumed(graph: LayerGraph) -> bool:
    return any(weight.presumed for weight in graph.weights)
