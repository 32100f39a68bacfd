"""Two files of tensors with other names for the same ones: which is which is told by the values."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parity.errors import ParityError
from parity.graph import Evidence, Framework, SourceGraph, SourceLayer, SourceNode
from parity.store import TensorStore

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

SAMPLE = 1024
"""Elements by which a tensor is recognised that has changed."""

NEAR = 0.5
"""How far a tensor may be from what it was, of its own size; tensors of their own are 1.4 apart."""


def named_by_values(left: SourceGraph, right: SourceGraph) -> SourceGraph:
    """The right file of tensors with the names that the left one has for them; the same one where names agree.

    Args:
        left: a source.
        right: another one. If both are PyTorch's tensors by name, and names are on one side only, all that are on both
            sides are found by their values, and get the names of the left.
    """
    tensors_only = left.evidence is right.evidence is Evidence.TENSORS
    if not tensors_only or not left.framework is right.framework is Framework.TORCH:
        return right
    names = _correspondence(left, right)
    torn = {_module(name) for name in names} & {_module(name) for name in right.weights if name not in {*names}}
    if not names or any(name not in left.weights for name in right.weights if _module(name) in torn):
        return right
    now = {names.get(name, name): weight for name, weight in right.weights.items()}
    layers, nodes = _rows(left, right, {*now}, {*names})
    said = f"{right.producer}, {len(names):,} tensors named as on the left by their values"
    weights = {name: replace(weight, name=name) for name, weight in now.items()}
    store = right.store.renamed({names.get(name, name): name for name in right.weights})
    return replace(right, producer=said, layers=layers, nodes=nodes, weights=weights, store=store)


def _rows(
    left: SourceGraph, right: SourceGraph, now: set[str], renamed: set[str]
) -> tuple[tuple[SourceLayer, ...], tuple[SourceNode, ...]]:
    """The layers of the left as far as the right has their tensors, and those of the right that kept their names."""
    layers, nodes = [], []
    for source, keeps in ((left, now), (right, {*right.weights} - renamed - {*left.weights})):
        for row in source.layers:
            names = tuple(name for name in row.weights if name in keeps)
            if names:
                layers.append(replace(row, weights=names))
        for node in source.nodes:
            slots = {slot: name for slot, name in node.weights.items() if name in keeps}
            if slots:
                nodes.append(replace(node, weights=slots))
    return tuple(layers), tuple(nodes)


def _correspondence(left: SourceGraph, right: SourceGraph) -> dict[str, str]:
    """For each name that only the right has the one that only the left has for that tensor."""
    mine = [name for name in left.weights if name not in right.weights]
    theirs = [name for name in right.weights if name not in left.weights]
    if not mine or not theirs:
        return {}
    found: dict[str, str] = {}
    equal = _groups(left, right, mine, theirs)
    for ours, others in equal:
        if len(ours) == len(others) == 1:
            found[others[0]] = ours[0]
    for ours, others in equal:  # zeros, ones: their neighbours tell which they are, or it does not matter
        _by_modules(found, ours, others)
        rest = [[name for name in names if name not in taken] for names, taken in _open(found, ours, others)]
        if len(rest[0]) == len(rest[1]):
            found |= dict(zip(rest[1], rest[0], strict=True))
    alike = _grouped(left, mine), _grouped(right, theirs)
    for shape in alike[0].keys() & alike[1].keys():
        _by_modules(found, alike[0][shape], alike[1][shape])
        rest = [[n for n in names if n not in taken] for names, taken in _open(found, alike[0][shape], alike[1][shape])]
        if len(rest[0]) == len(rest[1]) == 1 and 2 * len(found) >= len(theirs):
            found[rest[1][0]] = rest[0][0]  # the only ones left of their shape, where most are known
        else:
            found |= _nearest(left.store, right.store, *rest)
    return found


def _open(
    found: Mapping[str, str], ours: Sequence[str], others: Sequence[str]
) -> tuple[tuple[Sequence[str], set[str]], tuple[Sequence[str], set[str]]]:
    return (ours, {*found.values()}), (others, {*found})


def _groups(
    left: SourceGraph, right: SourceGraph, mine: Iterable[str], theirs: Iterable[str]
) -> list[tuple[list[str], list[str]]]:
    """The names of both sides whose tensors have the same elements in the same shape."""
    groups: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for at, (source, names) in enumerate(((left, mine), (right, theirs))):
        for name in names:
            try:
                key = source.store.digest(name).code, source.weights[name].shape
            except ParityError:
                continue  # what cannot be read is not recognised
            groups[key][at].append(name)
    return [(ours, others) for ours, others in groups.values() if ours and others]


def _grouped(source: SourceGraph, names: Iterable[str]) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for name in names:
        found.setdefault(source.weights[name].shape, []).append(name)
    return found


def _module(name: str) -> str:
    return name.rpartition(".")[0]


def _by_modules(found: dict[str, str], ours: Sequence[str], others: Sequence[str]) -> None:
    """Enter tensors of one shape that have one name in modules of which most tensors are each other's."""
    votes: dict[str, Counter[str]] = {}
    for theirs, mine in found.items():
        if "." in theirs and "." in mine:
            votes.setdefault(_module(theirs), Counter())[_module(mine)] += 1
    free = {*ours} - {*found.values()}
    for name in others:
        module, _, slot = name.rpartition(".")
        if name not in found and module in votes:
            wanted = f"{votes[module].most_common(1)[0][0]}.{slot}"
            if wanted in free:
                free.discard(wanted)
                found[name] = wanted


def _nearest(left: TensorStore, right: TensorStore, ours: Sequence[str], others: Sequence[str]) -> dict[str, str]:
    """Those of one shape that are nearest to each other, if they are near."""
    import numpy as np

    mine, theirs = (_samples(store, names) for store, names in ((left, ours), (right, others)))
    if not mine or not theirs:
        return {}
    gaps = np.array([[_gap(a, b) for b in theirs.values()] for a in mine.values()])
    found = {}
    for row, own in enumerate(mine):
        at = int(gaps[row].argmin())
        if gaps[row, at] < NEAR and int(gaps[:, at].argmin()) == row:
            found[[*theirs][at]] = own
    return found


def _gap(one: Array, other: Array) -> float:
    import numpy as np

    size = float(np.linalg.norm(one))
    return float(np.linalg.norm(one - other)) / size if size else float("inf")


def _samples(store: TensorStore, names: Iterable[str]) -> dict[str, Array]:
    """Some elements of each tensor, at the same places."""
    found = {}
    for name in names:
        try:
            array = store.read(name)
        except ParityError:
            continue  # what cannot be read is not recognised
        step = max(1, array.size // SAMPLE)
        found[name] = array.reshape(-1)[::step][:SAMPLE].astype("float64")
    return found
