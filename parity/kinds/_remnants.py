"""What no layer takes of stored tensors of which layers take parts: it is counted all the same."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.census import added_to, claimed
from parity.graph import Weight, Window


def remnants(stored: Mapping[str, Weight], used: Iterable[Weight]) -> dict[str, Weight]:
    """For stored tensors of which some elements are in no weight, by name, these elements as one more weight.

    Args:
        stored: the tensors of the source.
        used: the weights of layers, which may be parts of them.
    """
    taken: dict[str, list[Window]] = defaultdict(list)
    covered: dict[str, int] = defaultdict(int)
    sample: dict[str, Weight] = {}
    for weight in used:
        for name, box in claimed(weight):
            covered[name] += added_to(taken[name], box)
            sample.setdefault(name, weight)
    return {
        name: _rest(stored[name], weight, stored[name].numel - covered[name])
        for name, weight in sample.items()
        if name in stored and 0 < covered[name] < stored[name].numel
    }


def _rest(stored: Weight, sample: Weight, count: int) -> Weight:
    """The elements that are left, which are to training what the others are."""
    name, storage = f"{stored.name}[rest]", f"{stored.storage}[rest]"
    return replace(stored, name=name, storage=storage, shape=(count,), census=sample.census, numbers=None)
