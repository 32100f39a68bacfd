"""Stored elements that are no weights: slots of an optimizer, constants, seeds, position ids, masks."""

from collections import Counter
from collections.abc import Iterable, Iterator

from parity.census import class_of, counts, distinct
from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Census, LayerGraph, Weight
from parity.kinds import is_stored_mask

POSITIONS = "positions"
"""What tensors are called that count the positions in a sequence."""


POSITION_IDS = "position_ids"
"""What such a tensor is called in PyTorch, by which a file tells it that does not hold its numbers."""

MASKS = "masks"
"""What tensors are called that have become what an attention lets through."""

TABLES = "tables"
"""What tensors are called whose numbers have become a setting of a layer: the places that a scatter writes to."""

KINDS = (Census.OPTIMIZER.value, Census.CONSTANT.value, Census.RNG.value, POSITIONS, MASKS, TABLES)
MAY_COUNT = {Census.STATE, Census.NONPERSISTENT, Census.CONSTANT, Census.UNKNOWN}


def differences(view: View) -> Iterator[Difference]:
    """A difference for each sort of which one side stores more elements, whatever layers they belong to."""
    graphs = view.left, view.right
    left, right = map(_totals, graphs)
    presumed = any(weight.presumed for graph in graphs for weight in graph.weights)
    for name in KINDS:
        loose = [[each for each in _loose(graph) if _sort(each) == name] for graph in graphs]
        mine, theirs = (_by_class(each, presumed=presumed) for each in loose)
        held = {each: theirs[each] - mine[each] for each in (*mine, *theirs)} if name in TAKEN_IN else {}
        counted = [
            sum(counts(graph.framework, each) for each in found) for graph, found in zip(graphs, loose, strict=True)
        ]
        delta = counted[1] - counted[0] if name in TAKEN_IN else 0
        if left[name] == right[name] and not delta and not any(held.values()):
            continue
        values = left[name], right[name]
        yield Difference(Topic.UNCOUNTED, Facet.COUNTS, None, None, name, *values, delta=delta, by_class=held)


TAKEN_IN = {POSITIONS, MASKS, TABLES}
"""Sorts that may be of a class that is counted, and that no layer holds any more."""


def _by_class(weights: Iterable[Weight], *, presumed: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in distinct(weights):
        found[class_of(each, presumed=presumed) or ""] += each.numel
    return Counter({name: count for name, count in found.items() if name})


def _loose(graph: LayerGraph) -> list[Weight]:
    """Tensors that are in the file and that no layer holds."""
    used = {weight.storage for layer in graph.layers for weight in layer.weights}
    return [weight for weight in graph.weights if weight.storage not in used]


def _totals(graph: LayerGraph) -> Counter[str]:
    """How many elements there are of each sort; masks and tables that a layer holds are weights of it."""
    totals: Counter[str] = Counter()
    loose = {weight.storage for weight in _loose(graph)}
    for weight in distinct(graph.weights):
        sort = _sort(weight)
        held = sort in {MASKS, TABLES} and weight.storage not in loose
        totals[weight.census.value if held else sort] += weight.numel
    return totals


def _sort(weight: Weight) -> str:
    if counts_places(weight):
        return POSITIONS
    if _is_mask(weight):
        return MASKS
    table = weight.census is Census.STATE and weight.numbers is not None and "int" in weight.dtype
    return TABLES if table else weight.census.value


def _is_mask(weight: Weight) -> bool:
    """Whether a tensor that would count holds zeros and what blocks only, or truth values, as its reader has seen."""
    if weight.numbers is None or weight.census is Census.CONSTANT or len(weight.shape) < 2:
        return False
    import numpy as np

    return weight.dtype == "bool" or ("float" in weight.dtype and is_stored_mask(np.asarray(weight.numbers)))


def counts_places(weight: Weight) -> bool:
    """Whether a tensor holds 0, 1, 2, ... and nothing else, as far as its source tells."""
    if weight.census not in MAY_COUNT or "int" not in weight.dtype or len(weight.shape) == 0 or weight.numel == 1:
        return False
    if weight.numbers is not None:
        return weight.numbers == tuple(range(weight.numel))
    return weight.name.rpartition(".")[2] == POSITION_IDS
