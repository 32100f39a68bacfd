"""Stored elements that no headline counts: slots of an optimizer, constants, seeds, places in a sequence."""

from collections import Counter
from collections.abc import Iterator

from parity.census import by_class, distinct
from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Census, LayerGraph, Weight

POSITIONS = "positions"
"""What tensors are called that count the places in a sequence."""

POSITION_IDS = "position_ids"
"""What such a tensor is called in PyTorch, by which a file tells it that does not hold its numbers."""

KINDS = (Census.OPTIMIZER.value, Census.CONSTANT.value, Census.RNG.value, POSITIONS)
MAY_COUNT = {Census.STATE, Census.NONPERSISTENT, Census.CONSTANT, Census.UNKNOWN}


def differences(view: View) -> Iterator[Difference]:
    """A difference for each sort of which one side stores more elements, whatever layers they belong to."""
    left, right = _totals(view.left), _totals(view.right)
    mine, theirs = by_class(
        *([each for each in _loose(graph) if counts_places(each)] for graph in (view.left, view.right))
    )
    held = {name: theirs.get(name, 0) - mine.get(name, 0) for name in (*mine, *theirs)}
    for name in KINDS:
        if left[name] != right[name]:
            more = held if name == POSITIONS else {}
            yield Difference(Topic.UNCOUNTED, Facet.COUNTS, None, None, name, left[name], right[name], by_class=more)


def _loose(graph: LayerGraph) -> list[Weight]:
    """Tensors that are in the file and that no layer holds."""
    used = {weight.storage for layer in graph.layers for weight in layer.weights}
    return [weight for weight in graph.weights if weight.storage not in used]


def _totals(graph: LayerGraph) -> Counter[str]:
    totals: Counter[str] = Counter()
    for weight in distinct(graph.weights):
        totals[POSITIONS if counts_places(weight) else weight.census.value] += weight.numel
    return totals


def counts_places(weight: Weight) -> bool:
    """Whether a tensor holds 0, 1, 2, ... and nothing else, as far as its source tells."""
    if weight.census not in MAY_COUNT or "int" not in weight.dtype or len(weight.shape) == 0 or weight.numel == 1:
        return False
    if weight.numbers is not None:
        return weight.numbers == tuple(range(weight.numel))
    return weight.name.rpartition(".")[2] == POSITION_IDS
