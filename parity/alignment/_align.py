"""From two graphs to an alignment: once by structure alone, and where that leaves a choice, by names too."""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from parity.alignment._contract import Alignment, Pair
from parity.alignment._network import Network, Node
from parity.alignment._pins import Pins, pins
from parity.alignment._repeats import runs
from parity.alignment._search import Search
from parity.graph import Evidence, LayerGraph
from parity.kinds import kinds


def align(left: LayerGraph, right: LayerGraph, pinned: Mapping[str, str] | None = None) -> Alignment:
    """Find each layer's counterpart.

    Args:
        left: a graph that has been through the passes.
        right: another one.
        pinned: names of layers on the left, with the names of those on the right that they are.

    Raises:
        UsageError: a pinned name is no layer's, or what it is pinned to is of another kind.
    """
    with _without_collector():
        return _align(left, right, pinned or {})


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare the cyclic garbage collector walks over hundreds of thousands of new objects, none of them in a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _align(left: LayerGraph, right: LayerGraph, pinned: Mapping[str, str]) -> Alignment:
    bare = Evidence.TENSORS in (left.evidence, right.evidence)
    optional = _optional(left, right)
    first, second = (Network(graph, bare=bare, optional=optional) for graph in (left, right))
    hard = pins(first, second, pinned)
    # One order for both calls, so that ties fall the same way.
    mirrored = first.digest > second.digest or (
        first.digest == second.digest and first.fine_digest() > second.fine_digest()
    )
    sides = (second, first) if mirrored else (first, second)
    found = _search(*sides, [(b, a) for a, b in hard] if mirrored else hard)
    return _result(first, second, {(b, a) if mirrored else (a, b): why for (a, b), why in found.items()})


def _optional(left: LayerGraph, right: LayerGraph) -> frozenset[str]:
    """The kinds that only one side may have, though both are the same in inference."""
    if left.inference_only is right.inference_only:
        return frozenset()
    return frozenset(("batch_norm", *(name for name, each in kinds().items() if each.training_only)))


def _search(left: Network, right: Network, hard: Pins) -> Mapping[tuple[int, int], str]:
    """The pairs; where the structure leaves a choice, it is for the names to make, as long as it costs no more.

    Which of several equal blocks has no counterpart is such a choice. Without wiring most of them are.
    """
    search = Search(left, right)
    search.run(hard)
    if not (left.wired and right.wired):
        by_name = Search(left, right)
        by_name.run(hard, named=True)
        search = by_name if by_name.all_namesakes or by_name.price() <= search.price() else search
    open_lefts = {at for run in runs(left.nodes, _loose(left.nodes, search.to_right)) for at in run.nodes}
    open_rights = {at for run in runs(right.nodes, _loose(right.nodes, search.to_left)) for at in run.nodes}
    if open_lefts or open_rights:
        search.reconsider(open_lefts, open_rights)
    return search.why


def _loose(nodes: Sequence[Node], taken: Collection[int]) -> set[int]:
    return {at for at, node in enumerate(nodes) if at not in taken and node.kind != "output"}


def _result(first: Network, second: Network, found: Mapping[tuple[int, int], str]) -> Alignment:
    pairs = [
        Pair((first.nodes[a].path,), (second.nodes[b].path,), why)
        for (a, b), why in sorted(found.items())
        if first.nodes[a].kind != "output"
    ]
    taken = ({a for a, _ in found}, {b for _, b in found})
    sides = [(side.nodes, _loose(side.nodes, mine)) for side, mine in zip((first, second), taken, strict=True)]
    left, right = (tuple(nodes[at].path for at in sorted(loose)) for nodes, loose in sides)
    mine, theirs = (
        {nodes[at].path: run.count for run in runs(nodes, loose) for at in run.loners} for nodes, loose in sides
    )
    return Alignment(tuple(pairs), left, right, mine, theirs)
