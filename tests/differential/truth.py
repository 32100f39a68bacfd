"""What the runtimes say of two models: the same numbers for the same inputs, or not."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from differential.generating import sample
from differential.programs import Const, Node, Pair, Program, Refused, draws_lots

SAME, DIFFER, UNCERTAIN, REFUSED = "same", "differ", "uncertain", "refused"
"""The last where a side runs for no feed."""

CLOSE, APART = 1e-5, 2e-4
LAST_PLACES = 5e-7
"""What single precision leaves of numbers of a usual size that are taken from each other: a logarithm of 1 + 1e-8."""

"""Shares of the largest number of an output: nearer than the first is rounding, farther than the second is not."""

STILL = 2e-3
"""The share of an element that rounding moves at most where no more is left of what comes in."""

FAR = 0.02
"""The same for numbers of unusual sizes."""

HALF = 20
"""How much farther apart numbers of half precision may be, whose last place is 5e-4."""

NORMAL = (0, 1, 2, 3, 4, 7, 8)
"""Feeds of numbers of the usual size."""

EQUAL = (3, 4)
"""Feeds that have equal numbers."""

PLACES = ("argm", "sort", "topk", "top_k")
"""In the names of operators that give places, of which frameworks choose any where numbers are equal."""

TINY, TINIEST = 1e-6, 1e-10
"""The size of small numbers; below an epsilon of 1e-8 where one side may add it elsewhere, as exporters of cosines do."""

SELDOM, OFTEN = 3, 64
"""How often the same is computed to see whether it is random; where lots are drawn, all may be kept a few times."""

Run = Callable[[Sequence[dict[str, np.ndarray]]], list[Any]]


def constants(program: Program) -> list[float]:
    """The scalars of a program, at which functions bend."""
    found = [
        float(each.values[0])
        for node in program.nodes
        for each in node.inputs
        if isinstance(each, Const) and each.values is not None and len(each.values) == 1
    ]
    found += [float(each) for node in program.nodes for each in node.settings.values() if isinstance(each, float)]
    return [each for each in found if abs(each) < 1e4] or [0.0, 1.0]


def gives_places(node: Node) -> bool:
    """Whether an operator gives places, or goes by them."""
    return any(word in node.op.lower() for word in PLACES)


def feeds(pair: Pair, *, fixed: bool = False) -> list[dict[str, np.ndarray]]:
    """Inputs for both sides: normal, negative, whole, at the scalars, large, small; and of other free sizes.

    Args:
        pair: both programs.
        fixed: parity is told sizes, and nothing is asked of others.
    """
    rng = np.random.default_rng(1)
    scalars = [*constants(pair.left), *constants(pair.right)]
    places = any(gives_places(node) for side in pair.sides() for node in side.nodes)
    tiny = TINIEST if any("cosine" in node.op.lower() for side in pair.sides() for node in side.nodes) else TINY
    found = []
    for at in range(9):
        given = {}
        size = {7: 1, 8: 3}.get(at)
        for each in pair.left.inputs:
            sizes = tuple(size if size and axis in each.free else old for axis, old in enumerate(each.shape))
            made = sample(each, rng, sizes)
            given[each.name] = _styled(made, at if at not in EQUAL or not places else 0, scalars, rng, tiny)
        found.append(given)
    return found if any(each.free for each in pair.left.inputs) and not fixed else found[:-2]


def _styled(
    array: np.ndarray, at: int, scalars: Sequence[float], rng: np.random.Generator, tiny: float = TINY
) -> np.ndarray:
    if array.dtype.kind != "f":
        return array
    if at == 2:
        array = -abs(array)
    elif at == 3:
        array = np.round(array * 2) + 0.0  # no negative zero, which is the other zero to all but arctan2 and 1 / x
    elif at == 4:
        array = rng.choice(scalars, array.shape) + rng.choice([0, 0.05, -0.05], array.shape)
    elif at == 5:
        array = array * rng.choice([30.0, 0.01, -30.0])
    elif at == 6:
        array = array * tiny
    return array.astype(array.dtype if array.dtype.kind == "f" else "float32")


def typed(given: dict[str, np.ndarray], program: Program, order: Sequence[str]) -> dict[str, np.ndarray]:
    """A feed for a side, by the places of its inputs, in the types that it takes."""
    return {
        each.name: given[name].astype(each.dtype)
        for each, name in zip(program.inputs, order, strict=True)
        if name in given
    }


def distance(left: Any, right: Any) -> float:
    """How far two outputs of a model are apart, as a share of their largest number; infinite for another shape or type."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape or left.dtype != right.dtype:
        return float("inf")
    if left.dtype.kind not in "fc":
        return 0.0 if np.array_equal(left, right) else float("inf")
    one, other = left.astype("float64"), right.astype("float64")
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return float("inf")
    fine = np.isfinite(one)
    scale = max(float(np.max(np.abs(one[fine]), initial=0)), float(np.max(np.abs(other[fine]), initial=0)), 1e-6)
    apart = float(np.max(np.abs(one[fine] - other[fine]), initial=0))
    return (apart if apart > LAST_PLACES else 0.0) / scale / (HALF if left.dtype == np.float16 else 1)


def truth(pair: Pair, runs: Sequence[Run], *, fixed: bool = False) -> str:
    """Whether both models give the same for all feeds that both take; of the sizes that parity is told alone."""
    if pair.known:
        return pair.known
    if pair.kind == "change" and _alike(pair):
        return SAME
    if len(pair.left.outputs) != len(pair.right.outputs) or len(pair.left.inputs) != len(pair.right.inputs):
        return DIFFER
    given, order = feeds(pair, fixed=fixed), [each.name for each in pair.left.inputs]
    sides = [[typed(each, side, order) for each in given] for side in pair.sides()]
    try:
        found = [run(each) for run, each in zip(runs, sides, strict=True)]
        trials = OFTEN if any(draws_lots(node) for side in pair.sides() for node in side.nodes) else SELDOM
        again = [run(each[:1] * trials) for run, each in zip(runs, sides, strict=True)]
    except Refused:
        return REFUSED
    if not all(any(isinstance(feed, list) for feed in side) for side in found):
        return REFUSED
    random = [
        isinstance(one[0], list) and any(worst(one[0], each) > CLOSE for each in more if isinstance(each, list))
        for one, more in zip(found, again, strict=True)
    ]
    if any(random):  # onnxruntime keeps one element always (measured with 1.31), and PyTorch half the time
        return UNCERTAIN if all(random) or _lots(pair.left) == _lots(pair.right) else DIFFER
    kept = _telling(found)
    if not kept:  # an export that does something else far from usual numbers is no copy
        return DIFFER if pair.kind == "copy" and told(_distances(found)) == DIFFER else UNCERTAIN
    return told(_distances(kept))


def _lots(program: Program) -> list[str]:
    """The calls that draw lots, with their settings and constants."""
    lots = [node for node in program.nodes if draws_lots(node)]
    constants = ([each for each in node.inputs if not isinstance(each, str)] for node in lots)
    return sorted(
        f"{node.op} {sorted(node.settings.items())} {more}" for node, more in zip(lots, constants, strict=True)
    )


def _distances(found: Sequence[Sequence[Any]]) -> list[tuple[int, float]]:
    """How far both models are apart, for each feed that both take."""
    pairs = enumerate(zip(*found, strict=True))
    return [(at, worst(one, two)) for at, (one, two) in pairs
            if isinstance(one, list) and isinstance(two, list) and not _is_empty((*one, *two))]  # fmt: skip


def nearly_equal(array: np.ndarray) -> bool:
    """Whether some numbers differ in their last digits alone."""
    fine = np.unique(array[np.isfinite(array)].astype("float64"))
    return bool((np.diff(fine) < LAST_PLACES * np.max(np.abs(fine), initial=0)).any())


def _is_empty(arrays: Iterable[Any]) -> bool:
    """Whether some are of no elements, as the rest of a batch may be: onnxruntime reduces these to any shape."""
    return any(np.asarray(array).size == 0 for array in arrays)


def _telling(found: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """What both models make of each feed without the outputs that tell nothing; nothing where none tells anything.

    ``x - x`` and the ceiling of a softmax tell of what is before them only by what overflows, or is rounded to zero.
    """
    count = min((len(feed) for side in found for feed in side if isinstance(feed, list)), default=0)
    kept = [at for at in range(count) if not _is_one_number(found, at) and not _is_still(found, at)]
    if len(kept) == count:
        return [list(side) for side in found]
    told = [[[feed[at] for at in kept] if isinstance(feed, list) else feed for feed in side] for side in found]
    return told if kept else []


def _is_one_number(found: Sequence[Sequence[Any]], output: int) -> bool:
    """Whether an output of both models is one and the same real number whatever usual numbers come in, if it is one."""
    given = [feed[output] for side in found for at, feed in enumerate(side) if at in NORMAL and isinstance(feed, list)]
    real = [array[np.isfinite(array)] for each in given if (array := np.asarray(each)).dtype.kind == "f"]
    return (
        bool(real) and len(real) == len(given) and np.unique(np.concatenate([each.ravel() for each in real])).size == 1
    )


def _is_still(found: Sequence[Sequence[Any]], output: int) -> bool:
    """Whether each element of an output is one number for all usual inputs but for what rounding leaves of these.

    So a normalisation of a single element is: all of its input goes, and a multiple of its last digits stays.
    """
    given = [
        np.asarray(feed[output])
        for side in found
        for at, feed in enumerate(side)
        if at in NORMAL and isinstance(feed, list)
    ]
    if (
        len({each.shape for each in given}) != 1
        or not given[0].size
        or any(each.dtype.kind != "f" or not np.isfinite(each).all() for each in given)
    ):
        return False
    stacked = np.stack(given).astype("float64")
    moved = np.ptp(stacked, axis=0)
    return bool(moved.any() and (moved <= STILL * np.abs(stacked).max(axis=0)).all())


def _alike(pair: Pair) -> bool:
    """Whether nothing is changed any more, after a reduction."""
    left, right = pair.sides()
    return (left.nodes, left.inputs, left.outputs) == (right.nodes, right.inputs, right.outputs)


def told(far: Sequence[tuple[int, float]]) -> str:
    """What the distances by feed say; numbers far from the normal are rounded away, and infinite in one spelling only."""
    if not far:
        return UNCERTAIN
    normal = [each for at, each in far if at in NORMAL]
    if any(each > APART for each in normal) or any(FAR < each < float("inf") for _, each in far):
        return DIFFER
    return SAME if all(each < CLOSE for each in normal) else UNCERTAIN


def worst(left: Any, right: Any) -> float:
    """The distance of the outputs that are farthest apart."""
    return max((distance(*each) for each in zip(left, right, strict=True)), default=0.0)
