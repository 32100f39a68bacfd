"""Each framework's own headline numbers, as views of one census."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from parity.graph import Census, Framework, Weight, Window

MODEL = (Census.TRAINABLE, Census.FROZEN, Census.STATE, Census.UNKNOWN)

PARAMETERS = (Census.TRAINABLE, Census.FROZEN)

COUNTED: dict[Framework, tuple[Census, ...]] = {
    # model.summary() and count_params(): every weight; seeds are in .variables but not in .weights
    Framework.KERAS: MODEL,
    # sum(p.numel() for p in model.parameters()): buffers are left out, tied parameters come once
    Framework.TORCH: (Census.TRAINABLE, Census.FROZEN, Census.UNKNOWN),
    # every stored element that is no shape or scalar constant
    Framework.ONNX: MODEL,
}


@dataclass(frozen=True, slots=True)
class Headline:
    """What the framework's own tools print; the split is None where a class is unknown."""

    total: int
    trainable: int | None
    non_trainable: int | None


def counts(framework: Framework, weight: Weight) -> int:
    """The elements of a weight that the framework's headline counts."""
    return weight.numel if weight.census in COUNTED[framework] else 0


def class_of(weight: Weight, *, presumed: bool) -> str | None:
    """The class under which a weight is in the balance of two models, None where it is no part of the model.

    Where a source does not tell what is frozen (``presumed``), trainable and frozen weights are one class.
    """
    if weight.census not in MODEL:
        return None
    return " + ".join(PARAMETERS) if presumed and weight.census in PARAMETERS else weight.census.value


def by_class(*sides: Sequence[Weight]) -> list[dict[str, int]]:
    """The elements of each of two models by class, ties counted once."""
    presumed = any(weight.presumed for weights in sides for weight in weights)
    found: list[dict[str, int]] = [{} for _ in sides]
    for totals, weights in zip(found, sides, strict=True):
        for weight in distinct(weights):
            name = class_of(weight, presumed=presumed)
            if name is not None:
                totals[name] = totals.get(name, 0) + weight.numel
    return found


def distinct(weights: Iterable[Weight]) -> list[Weight]:
    """The weights without those that are tied to an earlier one; of one that shares elements, those that it adds."""
    single = list({weight.storage: weight for weight in reversed(list(weights))}.values())[::-1]
    return list(_once(single)) if any(weight.cuts or weight.pieces for weight in single) else single


def _once(weights: Sequence[Weight]) -> Iterator[Weight]:
    """The weights with the elements that no earlier one has; those of which every element is in others are left out."""
    taken: dict[str, list[Window]] = defaultdict(list)
    shapes = {weight.whole: weight.cuts[0].shape for weight in weights if weight.cuts}
    shapes |= {weight.name: weight.shape for weight in weights if not weight.cuts}
    for weight in weights:
        claims = claimed(weight) if not weight.cuts or shapes[weight.whole] == weight.cuts[0].shape else []
        if not claims:
            yield weight
            continue
        added = sum(added_to(taken[name], box) for name, box in claims)
        if added:
            yield weight if added == weight.numel else replace(weight, shape=(added,), axes="")


def claimed(weight: Weight) -> list[tuple[str, Window]]:
    """The parts of stored tensors that a weight is; none where it is told by no box of one."""
    if weight.pieces:
        return [(piece.name, piece.window) for piece in weight.pieces]
    if weight.cuts:
        return [(weight.whole, weight.cuts[0].window)] if len(weight.cuts) == 1 else []
    return [(weight.name, tuple((0, size) for size in weight.shape))]


def added_to(taken: list[Window], box: Window) -> int:
    """How many elements of a box are in none of those taken before, which it is added to."""
    rest = [box]
    for other in taken:
        rest = [each for part in rest for each in _without(part, other)]
    taken += rest
    return sum(prod(stop - start for start, stop in each) for each in rest)


def _without(box: Window, other: Window) -> Iterator[Window]:
    """A box without what another one covers of it, as boxes."""
    if len(box) != len(other) or not all(a < d and c < b for (a, b), (c, d) in zip(box, other, strict=True)):
        yield box
        return
    for axis, ((start, stop), (low, high)) in enumerate(zip(box, other, strict=True)):
        for bounds in ((start, low), (high, stop)):
            if bounds[0] < bounds[1]:
                yield (*box[:axis], bounds, *box[axis + 1 :])
        box = (*box[:axis], (max(start, low), min(stop, high)), *box[axis + 1 :])


def headline(framework: Framework, weights: Iterable[Weight]) -> Headline:
    """The headline of a model with the given weights, ties counted once."""
    single = distinct(weights)
    total = sum(counts(framework, weight) for weight in single)
    if any(weight.census is Census.UNKNOWN for weight in single):
        return Headline(total, None, None)
    trainable = sum(weight.numel for weight in single if weight.census is Census.TRAINABLE)
    return Headline(total, trainable, total - trainable)


def census(weights: Iterable[Weight]) -> dict[str, int]:
    """Elements by class, ties counted once, classes without elements left out."""
    totals = dict.fromkeys(Census, 0)
    for weight in distinct(weights):
        totals[weight.census] += weight.numel
    return {each.value: total for each, total in totals.items() if total}
