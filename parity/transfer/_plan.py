"""The transfer plan: what every stored tensor of the right is over those of the left, or why that cannot be told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from math import prod

from parity.comparison import Comparison, compare
from parity.graph import LayerGraph, SourceGraph, Weight
from parity.transfer._contract import WHOLE, Carried, Sides, is_carried, mirrored_view
from parity.transfer._expression import Expression, Reshape, reshape
from parity.transfer._layers import bias_sums, carried, has_both, unfolded
from parity.transfer._rows import row_orders
from parity.transfer._stored import Part, Sizes, parts_of, together

NEAREST = 3
"""How many candidates are named."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored tensor of the right.

    Attributes:
        name: the source's own name.
        shape, dtype: as it is stored.
        value: what it is over stored tensors of the left; None where that cannot be told.
        reason: why there is no value.
        nearest: tensors of the left that it could be, where it has none.
        also: what it is for other layers that share it, which must be the same.
        left, right: the layers that it was told by, as a person knows them.
        role: of the weight.
        guess: what the value rests on that is not known, "" where it is.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    value: Expression | None
    reason: str = ""
    nearest: tuple[str, ...] = ()
    also: tuple[Expression, ...] = ()
    left: str = ""
    right: str = ""
    role: str = ""
    guess: str = ""


@dataclass(frozen=True)
class Plan:
    """How the weights of the left become those of the right.

    Attributes:
        entries: every stored tensor of the right that weights are carried over for, in the order of its source.
        kept: names of those that stay as they are: counters, seeds, constants.
        matched: what both sides hold for each aligned layer and role, to be compared.
        lost: what the left holds and the right has no place for; it changes nothing only if it holds what is told.
    """

    entries: tuple[Entry, ...]
    kept: tuple[str, ...] = ()
    matched: tuple[Carried, ...] = ()
    lost: tuple[Carried, ...] = field(default=())

    @property
    def missing(self) -> tuple[Entry, ...]:
        """The tensors that have no source."""
        return tuple(entry for entry in self.entries if entry.value is None)


def plan(comparison: Comparison, left: SourceGraph, right: SourceGraph) -> Plan:
    """Find what every stored tensor of the right is.

    Args:
        comparison: of both graphs; what it says of the order of rows counts.
        left: the source of the left graph, whose stored tensors are meant.
        right: that of the right graph.
    """
    view = comparison.view
    sides = sides_of(comparison, left, right)
    found: list[Carried] = []
    matched: list[Carried] = []
    for pair in view.pairs:
        here = list(carried(sides, *pair))
        found += here
        total = bias_sums(sides, *pair)
        told = [each for each in here if not each.absorbed]
        folded = list(unfolded(sides, *pair))
        matched += folded or _compared(told, total, one_by_one=has_both(*pair))
    lost = tuple(each for each in found if each.weight is None and not each.absorbed)
    entries = _entries([each for each in found if each.weight is not None], sides, view.right, right)
    asked = {entry.name for entry in entries}
    kept = tuple(name for name, weight in right.weights.items() if not weight.pieces and name not in asked)
    return Plan(_with_nearest(entries, view.left), kept, tuple(matched), lost)


def expressions(comparison: Comparison) -> dict[tuple[str, str], Expression]:
    """What weights of the right are over stored tensors of the left, by the path of the layer and the role.

    Of tensors that a model puts together of others only the graph's sources know the sizes, so that they are left out.
    """
    view = comparison.view
    sides = Sides(view, _told_sizes(view.left), _told_sizes(view.right), row_orders(comparison))
    found = (each for pair in view.pairs for each in carried(sides, *pair))
    return {(each.right.path, each.role): each.value for each in found if each.value is not None and each.weight}


def mirrored(comparison: Comparison) -> Comparison:
    """What the differences are from the other side."""
    view = mirrored_view(comparison.view)
    return compare(view.left, view.right, view.alignment)


def _told_sizes(graph: LayerGraph) -> Sizes:
    used = [weight for layer in graph.layers for weight in layer.weights if not weight.pieces and not weight.joined]
    return {each.whole or each.name: each.cuts[0].shape if each.cuts else each.shape for each in used}


def sides_of(comparison: Comparison, left: SourceGraph, right: SourceGraph) -> Sides:
    """Both graphs with what their sources store and how their rows run."""
    return Sides(comparison.view, _sizes(left), _sizes(right), row_orders(comparison))


def _compared(here: Sequence[Carried], total: Carried | None, *, one_by_one: bool) -> list[Carried]:
    """What is compared of a pair of layers, where the sum of two biases is all that counts."""
    if total is None:
        return [*here]
    biases = [each for each in here if each.role in {"bias", "recurrent_bias"}]
    rest = [each for each in here if each not in biases]
    return [*rest, *(replace(each, instead=total) for each in biases)] if one_by_one else [*rest, total]


def _sizes(source: SourceGraph) -> Sizes:
    return {name: weight.shape for name, weight in source.weights.items() if not weight.pieces}


def _asked(source: SourceGraph, graph: LayerGraph, known: Collection[str]) -> list[Weight]:
    """The stored tensors that weights are carried over for, with their roles where they are used whole."""
    told: dict[str, list[Weight]] = {}
    for each in graph.weights:
        for name in _stored_names(each):
            told.setdefault(name, []).append(each)
    used = {name for layer in graph.layers for each in layer.weights for name in _stored_names(each)}
    found = []
    for name, weight in source.weights.items():
        if name not in used and weight.dtype.startswith(WHOLE):
            continue  # places in tables, which layers have as settings
        uses = told.get(name, [weight])
        if not weight.pieces and (name in known or any(map(is_carried, uses))):
            found.append(replace(weight, role=uses[0].role if len(uses) == 1 else None))
    return found


def _entries(found: Sequence[Carried], sides: Sides, graph: LayerGraph, source: SourceGraph) -> list[Entry]:
    parts: dict[str, list[tuple[Part, Carried]]] = {}
    reasons: dict[str, tuple[str, Carried]] = {}
    for each in found:
        weight = each.weight
        if weight is None:
            continue
        made = parts_of(weight, each.value, sides.right) if each.value is not None else None
        if made is None:
            reason = each.reason or "it is not known how the model assembles it"
            for name in _stored_names(weight):
                reasons.setdefault(name, (reason, each))
            continue
        for part in made:
            parts.setdefault(part.name, []).append((part, each))
    asked = _asked(source, graph, {*parts})
    entries = [_entry(weight, parts.get(weight.name, []), reasons.get(weight.name), graph) for weight in asked]
    shared = {weight.storage: entry for weight, entry in zip(asked, entries, strict=True) if entry.value is not None}
    return [_tied(*each, shared) for each in zip(asked, entries, strict=True)]


def _tied(weight: Weight, entry: Entry, shared: Mapping[str, Entry]) -> Entry:
    """With the value of a tensor that has the same elements under another name."""
    other = shared.get(weight.storage)
    if entry.value is not None or other is None or other.shape != entry.shape:
        return entry
    return replace(other, name=entry.name)


def _stored_names(weight: Weight) -> Iterator[str]:
    for each in weight.joined:
        yield from _stored_names(each)
    yield from (piece.name for piece in weight.pieces)
    if not weight.joined and not weight.pieces:
        yield weight.whole or weight.name


def _entry(
    weight: Weight, parts: Sequence[tuple[Part, Carried]], wrong: tuple[str, Carried] | None, graph: LayerGraph
) -> Entry:
    blank = Entry(weight.name, weight.shape, weight.dtype, None, role=weight.role or "")
    if wrong is not None:
        return _told(replace(blank, reason=wrong[0]), wrong[1])
    if not parts:
        return replace(blank, reason=_why_alone(weight, graph))
    first: dict[tuple[object, ...], Part] = {}
    also: list[Expression] = []
    for part, _ in parts:
        known = first.setdefault((part.shape, part.box), part)
        if known.value != part.value:
            also.append(part.value)
    shapes = {part.shape for part in first.values()}
    value = together([*first.values()], parts[0][0].shape) if len(shapes) == 1 else None
    if value is None:
        return _told(replace(blank, reason="only parts of it are known"), parts[0][1])
    whole = value if len(first) > 1 else reshape(value, weight.shape)
    others = also if len(first) == 1 else ()
    same = tuple(each if isinstance(each, Reshape) else reshape(each, weight.shape) for each in others)
    return _told(replace(blank, value=reshape(whole, weight.shape), also=same), parts[0][1])


def _told(entry: Entry, found: Carried) -> Entry:
    return replace(entry, left=found.left.source, right=found.right.source, role=found.role, guess=found.guess)


def _why_alone(weight: Weight, graph: LayerGraph) -> str:
    users = [layer for layer in graph.layers if any(weight.name in _stored_names(each) for each in layer.weights)]
    if not users:
        return "no layer uses it"
    if users[0].kind == "region":
        return f"{users[0].source} is expressed differently on the two sides"
    return f"{users[0].source} has no counterpart"


def _with_nearest(entries: Sequence[Entry], graph: LayerGraph) -> tuple[Entry, ...]:
    """With the candidates for those that have no source: tensors of as many elements that nothing is made of."""
    taken = {name for entry in entries if entry.value is not None for name in entry.value.names()}
    free = [weight for weight in graph.weights if weight.name not in taken and is_carried(weight)]
    done = []
    for entry in entries:
        near = [each for each in free if each.numel == prod(entry.shape)] if entry.value is None else []
        near.sort(key=lambda each: -_likeness(each.name, entry.name))
        done.append(replace(entry, nearest=tuple(each.name for each in near[:NEAREST])))
    return tuple(done)


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
