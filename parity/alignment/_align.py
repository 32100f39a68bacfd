"""From two graphs to an alignment: once by structure alone, and where that leaves a choice, by names too."""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from parity.alignment._contract import Alignment, End, Pair
from parity.alignment._costs import OTHER_WIRE
from parity.alignment._exchange import exchange
from parity.alignment._interfaces import (
    aligned_inputs,
    labels_of,
    left_over_inputs,
    matched_inputs,
    matched_outputs,
    settled,
)
from parity.alignment._network import OUTPUT, Network, Node
from parity.alignment._pins import Pins, pins
from parity.alignment._repeats import runs
from parity.alignment._search import Names, Search
from parity.alignment._turned import pair_turned
from parity.graph import Evidence, LayerGraph
from parity.graph.origin import home
from parity.kinds import kinds


def align(
    left: LayerGraph,
    right: LayerGraph,
    pinned: Mapping[str, str] | None = None,
    matched: Mapping[str, str] | None = None,
) -> Alignment:
    """Find each layer's counterpart.

    Args:
        left: a graph that has been through the passes.
        right: another one.
        pinned: names of layers on the left, with the names of those on the right that they are.
        matched: the same of outputs.

    Raises:
        UsageError: a pinned name is no layer's, or what it is pinned to is of another kind; or no output has a name.
    """
    with _without_collector():
        return _align(left, right, pinned or {}, matched or {})


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


def _align(left: LayerGraph, right: LayerGraph, pinned: Mapping[str, str], matched: Mapping[str, str]) -> Alignment:
    bare = Evidence.TENSORS in (left.evidence, right.evidence)
    optional = _optional(left, right)
    inputs, matching = matched_inputs(left, right), matched_outputs(left, right, matched)
    labels = labels_of(left, right, inputs, matching)
    first, second = (
        Network(graph, bare=bare, optional=optional, labels=each)
        for graph, each in zip((left, right), labels, strict=True)
    )
    hard = pins(first, second, pinned)
    named = _named(first, second, inputs, hard)
    # One order for both calls, so that ties fall the same way.
    mirrored = first.digest > second.digest or (
        first.digest == second.digest and first.fine_digest() > second.fine_digest()
    )
    sides = (second, first) if mirrored else (first, second)
    certain = [[(b, a) if mirrored else (a, b) for a, b in each] for each in (hard, named)]
    found = _search(*sides, *certain, same=home(left) is home(right))
    pairs = {(b, a) if mirrored else (a, b): why for (a, b), why in found.items()}
    pairs |= _left_over_inputs((left, right), (first, second), pairs)
    aligned = _result(first, second, pairs)
    ends = ((first.place(a), second.place(b)) for a, b in pairs if first.nodes[a].kind == OUTPUT)
    outputs = settled(matching, ends)
    return replace(aligned, inputs=_inputs(left, right, aligned), outputs=outputs)


def _left_over_inputs(
    graphs: tuple[LayerGraph, LayerGraph], sides: tuple[Network, Network], pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """Inputs that their layers do not pair: a mask beside tokens, two that enter what one side writes otherwise."""
    taken = [{pair[number] for pair in pairs} for number in range(len(sides))]
    free = [
        {at: node for at, node in enumerate(side.inputs) if node is not None and node not in done}
        for side, done in zip(sides, taken, strict=True)
    ]
    return {(free[0][a], free[1][b]): why for (a, b), why in left_over_inputs(*graphs, *map(list, free))}


def _inputs(left: LayerGraph, right: LayerGraph, aligned: Alignment) -> tuple[End, ...]:
    """The inputs that both models have, as their layers are aligned."""
    lefts, rights = (
        {graph.producers[value].path: at for at, value in enumerate(graph.inputs) if value in graph.producers}
        for graph in (left, right)
    )
    pairs = ((lefts.get(pair.left[0]), rights.get(pair.right[0])) for pair in aligned.pairs)
    return aligned_inputs(left, right, [(a, b) for a, b in pairs if a is not None and b is not None])


def _optional(left: LayerGraph, right: LayerGraph) -> frozenset[str]:
    """The kinds that only one side may have, though both are the same in inference."""
    if left.inference_only is right.inference_only:
        return frozenset()
    return frozenset(("batch_norm", *(name for name, each in kinds().items() if each.training_only)))


def _named(left: Network, right: Network, inputs: Sequence[End], hard: Pins) -> list[tuple[int, int]]:
    """The layers of inputs of one name, but for those that the user has mapped."""
    taken = {a for a, _ in hard}, {b for _, b in hard}
    pairs = ((left.inputs[end.left], right.inputs[end.right]) for end in inputs)
    return [(a, b) for a, b in pairs if a is not None and b is not None and a not in taken[0] and b not in taken[1]]


def _search(left: Network, right: Network, hard: Pins, inputs: Pins, *, same: bool) -> Mapping[tuple[int, int], str]:
    """The pairs; where the structure leaves a choice, it is for the names to make, as long as it costs no more.

    Which of several equal blocks has no counterpart is such a choice. Without wiring most of them are. Names of one
    framework may also find what costs less: deep networks of other widths have few layers that are equal.
    """
    search = Search(left, right)
    search.run(hard, inputs)
    if not (left.wired and right.wired):
        by_name = Search(left, right)
        by_name.run(hard, inputs, names=Names.SIZED)
        search = by_name if by_name.all_namesakes or by_name.price() <= search.price() else search
    elif same:
        for names in (Names.SIZED, Names.ALL) if search.price() else ():
            by_name = Search(left, right)
            by_name.run(hard, inputs, names=names)
            search = by_name if by_name.price(OTHER_WIRE) < search.price(OTHER_WIRE) else search
    open_lefts = {at for run in runs(left.nodes, _loose(left.nodes, search.to_right)) for at in run.nodes}
    open_rights = {at for run in runs(right.nodes, _loose(right.nodes, search.to_left)) for at in run.nodes}
    if open_lefts or open_rights:
        search.reconsider(open_lefts, open_rights)
    pair_turned(search)
    exchange(search)
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
