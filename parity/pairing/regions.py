"""Parts of two models that are written with other layers, and compute the same function of their inputs.

Where what leaves both parts is used by layers that are each other's counterpart, and all that enters them is made by
such layers, both are functions of the same values: with the weights that each file stores they are computed for numbers
drawn at several scales, close to every number that either side compares with, and for two sizes of every free axis.
Where the results agree each time, each part becomes one layer. This decides what no pattern knows; what cannot be
computed stays as it was.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from parity.evaluation import Budget, Numbers
from parity.graph import Layer, LayerGraph, Value
from parity.kinds import kind
from parity.pairing._agreement import Part, Parts, agree
from parity.pairing._asked_before import Answers, answered
from parity.pairing._hidden import held, jumping, settings_differ, sharp_on_one_side, trained_alike
from parity.pairing._merging import Graphs, apart, each_once, gives_more, merged
from parity.pairing._sensitivity import shows
from parity.pairing._ways import layers_back
from parity.rearrange import rearranges
from parity.sizes import contradict

MOST_LAYERS = 200
"""Longer ways are not followed."""

MOST_READ = 64 << 20
"""Bytes of weights that are read to decide, for both sides."""

OPERATIONS = 1 << 32
"""Of all parts and draws: some seconds."""

GROWTHS = 24
"""How often a part takes in a layer that only one side's ends are made of."""


Pairs = Sequence[tuple[str, str]]
Ends = Sequence[tuple[str, str]]
Order = tuple[int, ...]
"""For each axis of a right value the axis of the left one that it is."""


@dataclass(frozen=True)
class Question:
    """What regions are looked for.

    Attributes:
        outputs: values that are outputs of both models, and each other's counterpart.
        troubled: paths of layers, of the left and of the right, that differ or have no counterpart.
        kept: paths of layers of which something is told that a computation does not show: they are in no part.
        numbers: what reads the weights of each side.
        orders: in which order right values have the axes of left ones, as far as layers tell; None where all have them
            in the same order.
        inference: what layers do in training is not asked.
        shown: parts with weights, or functions that jump, are one only where a difference in each of their layers would
            show.
        told: parts lie between values alone whose axes are in the same order, or in one that names tell.
        answers: what is known of parts, to which is added.
    """

    outputs: Pairs
    troubled: tuple[Collection[str], Collection[str]]
    kept: tuple[Collection[str], Collection[str]]
    numbers: tuple[Numbers, Numbers]
    orders: Callable[[str, str], Order | None] | None
    inference: bool
    shown: bool = False
    told: bool = False
    answers: Answers = field(default_factory=dict)


def regions(left: LayerGraph, right: LayerGraph, pairs: Pairs, question: Question) -> Graphs:
    """Both graphs with one layer for each part that computes the same; the same objects where there is none."""
    search = _Search((left, right), pairs, question)
    if question.told:
        if not search.loose:
            return left, right
        search = _Search((left, right), pairs, question, search.loose)
    while uneven := search.uneven():
        search = _Search((left, right), pairs, question, {*search.apart, *uneven})
    found = [*search.found()]
    if not found:
        return left, right
    for some in (apart(found), found[:1]):
        done = merged((left, right), some)
        if done is not None:
            return done
    return left, right


@dataclass
class _Search:
    """A search for parts between what pairs of layers make.

    Attributes:
        apart: pairs that are not taken for one.
        loose: those of the others whose axes are in another order on one side, which no names tell.
    """

    graphs: Graphs
    pairs: Pairs
    question: Question
    apart: Collection[tuple[str, str]] = ()
    read: int = 0
    forms: dict[str, Order] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    names: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    loose: set[tuple[str, str]] = field(default_factory=set)
    budget: Budget = field(default_factory=lambda: Budget(operations=OPERATIONS))

    def __post_init__(self) -> None:
        bad, self.partner = self.question.troubled, dict(self.pairs)
        self.good = [(a, b) for a, b in self.pairs if a not in bad[0] and b not in bad[1] and (a, b) not in self.apart]
        for a, b in self.good:
            one, other = (graph.layers[graph.places[path]] for graph, path in zip(self.graphs, (a, b), strict=True))
            if one.kind != "input" and not (one.inputs or one.weights):
                continue  # a constant is one number, and no other is drawn for it
            for value, twin in zip(one.outputs, other.outputs, strict=False):
                form = self._form(value, twin)
                values = (graph.values.get(each) for graph, each in zip(self.graphs, (value, twin), strict=True))
                if form is None or (_turns(form) and _named(*values) != form):
                    self.loose.add((a, b))
                if form is None:
                    continue
                self.names[0][value], self.names[1][twin] = value, value
                self.twins[value], self.forms[value] = twin, form

    def _form(self, mine: str, theirs: str) -> Order | None:
        """For each axis of the right value the axis of the left one that it is; None where that is not known."""
        one, other = self.graphs[0].values.get(mine), self.graphs[1].values.get(theirs)
        if one is None or other is None or one.shape is None or other.shape is None:
            return None
        if len(one.shape) != len(other.shape):
            return None
        same = tuple(range(len(one.shape)))
        order = same if self.question.orders is None else self.question.orders(mine, theirs) or _named(one, other)
        return None if order is None or contradict([one.shape[at] for at in order], other.shape) else order

    def _orders(self, ends: Ends) -> list[Order] | None:
        """In which order what leaves both parts has its axes; the same one where no layer tells, if it computes.

        That two results are alike in another order is no reason to take them for one: nobody may have turned them.
        """
        found = []
        for mine, theirs in ends:
            one, other = self.graphs[0].shape(mine), self.graphs[1].shape(theirs)
            if one is None or other is None or len(one) != len(other):
                return None
            order = self._form(mine, theirs) or tuple(range(len(one)))
            asked = self.question.orders is not None and (mine, theirs) in self.question.outputs
            moves = asked and self._moves_batch(mine, theirs)
            if moves or contradict([one[at] for at in order], other):
                return None
            found.append(order)
        return found

    def _moves_batch(self, mine: str, theirs: str) -> bool:
        """Whether the batch is another axis on either side, as it is in no layout."""
        values = (graph.values[value].axes for graph, value in zip(self.graphs, (mine, theirs), strict=True))
        places = [axes.index("N") for axes in values if axes is not None and "N" in axes]
        return len({*places}) > 1

    def found(self) -> Iterator[Parts]:
        """The parts that agree; of ends that have layers in common and do not agree together, those of each."""
        for ends in self.groups():
            parts = self.region(ends)
            if parts is not None:
                yield parts
                continue
            for end in ends:  # what they share may be the mask that all attention of a network computes with
                alone = self.region([end]) if len(ends) > 1 else None
                if (alone := alone or self.handed_on(end)) is not None:
                    yield alone

    def groups(self) -> Iterator[Ends]:
        """The ends that belong together, since what makes them has layers in common."""
        ends = [*dict.fromkeys(self._ends())]
        leader, owner = [*range(len(ends))], dict[tuple[int, str], int]()

        def root(at: int) -> int:
            while leader[at] != at:
                leader[at] = at = leader[leader[at]]
            return at

        for at, end in enumerate(ends):
            for side, paths in enumerate(self._layers(end)):
                for path in paths:
                    leader[root(at)] = root(owner.setdefault((side, path), at))
        found: dict[int, list[tuple[str, str]]] = {}
        for at, end in enumerate(ends):
            found.setdefault(root(at), []).append(end)
        yield from found.values()

    def _ends(self) -> Iterator[tuple[str, str]]:
        """The values that undisputed layers, and both models' outputs, take from disputed ones."""
        left, right = self.graphs
        partner = dict(self.good)
        used = [(left.layers[left.places[a]].inputs, right.layers[right.places[b]].inputs) for a, b in self.good]
        same = (each for each in used if len(each[0]) == len(each[1]))
        taken = (pair for mine, theirs in same for pair in zip(mine, theirs, strict=True))
        for a, b in (*taken, *self.question.outputs):
            one, other = left.producers.get(a), right.producers.get(b)
            if one is not None and other is not None and partner.get(one.path) != other.path:
                yield a, b

    def uneven(self) -> list[tuple[str, str]]:
        """The undisputed pairs that take values of other ranks from disputed layers: parts may end behind them."""
        left, right = self.graphs
        shapes = ((end, left.shape(end[0]), right.shape(end[1])) for end in self._ends())
        bad = {end for end, one, other in shapes if one is not None and other is not None and len(one) != len(other)}
        taken = (
            (a, b, zip(left.layers[left.places[a]].inputs, right.layers[right.places[b]].inputs, strict=False))
            for a, b in self.good
        )
        return [(a, b) for a, b, ends in taken if not bad.isdisjoint(ends)]

    def _layers(self, end: tuple[str, str]) -> tuple[set[str], set[str]]:
        parts = self._parts([end], (set(), set()))
        return ({*parts[0].paths}, {*parts[1].paths}) if parts is not None else (set(), set())

    def _parts(self, ends: Ends, inside: tuple[set[str], set[str]]) -> Parts | None:
        """What makes the ends on both sides, back to shared values other than some that are inside."""
        kept = self.question.kept
        left, right = (
            _part(graph, [end[at] for end in ends], self.names[at], inside[at], kept[at])
            for at, graph in enumerate(self.graphs)
        )
        return None if left is None or right is None else (left, right)

    def region(self, ends: Ends) -> Parts | None:
        """The smallest parts that make the ends and agree; None where none do, or they cannot be computed.

        A layer inside that has another use would stay behind as well, and so would what turns a value that comes in
        turned: parts that hold that use, or what turns it, are better.
        """
        orders = self._orders(ends)
        if orders is None or any(self._types_differ(end) for end in ends):
            return None
        inside: tuple[set[str], set[str]] = set(), set()
        agreed: Parts | None = None
        for _ in range(GROWTHS):
            parts = self._parts(ends, inside)
            if parts is None or not self._may_be_one(parts):
                break
            names = [{*part.roots.values()} for part in parts]
            entangled = _made_of(parts[0], parts[0].values) | _made_of(parts[1], parts[1].values)
            odd = names[0] ^ names[1]
            settled = not odd and not entangled
            found = self._agreeing(parts, orders) if settled else None
            agreed = found or agreed
            if found is not None:
                grown = {name for part in parts for name in _made_of(part, part.made)} | self._unsure(parts)
            elif settled:
                grown = self._moved(parts)
            else:
                grown = self._made_of_odd(parts, odd) or {self._last(entangled or odd)}
            if not grown:
                break
            inside[0].update(grown)
            inside[1].update(self.twins[each] for each in grown)
        return agreed

    def _made_of_odd(self, parts: Parts, odd: Collection[str]) -> set[str]:
        """What enters both parts and is made of something that enters one of them alone: a mask, and its padding.

        The first of it alone: all that comes after another layer with this mask is made of it as well.
        """
        made = [_made_of(part, [root for root, name in part.roots.items() if name in odd]) for part in parts if odd]
        shared = set.union(*made) - {*odd} if made else set[str]()
        return {min(shared, key=self._place)} if shared else set()

    def _unsure(self, parts: Parts) -> set[str]:
        """What enters parts with its axes in another order on each side, which no names tell."""
        mine, theirs = ({name: root for root, name in part.roots.items()} for part in parts)
        values = self.graphs[0].values, self.graphs[1].values
        return {
            name
            for name in mine
            if _turns(self.forms[name])
            and _named(values[0].get(mine[name]), values[1].get(theirs[name])) != self.forms[name]
        }

    def handed_on(self, end: tuple[str, str]) -> Parts | None:
        """The part that gives back what enters it, where the other side has no layer for it."""
        orders, parts = self._orders([end]), self._parts([end], (set(), set()))
        if orders is None or parts is None or self._types_differ(end) or not self._may_be_one(parts):
            return None
        names = [{*part.roots.values()} for part in parts]
        empty = [not part.layers for part in parts]
        if any(map(_turns, orders)) or names[0] != names[1] or len(names[0]) != 1 or empty[0] is empty[1]:
            return None
        return self._agreeing(parts, orders)

    def _moved(self, parts: Parts) -> set[str]:
        """What enters parts that do not agree, though it may be another one's counterpart: it is only moved before.

        Or it is one of several that layers alike make of the same: the projections of keys and values.
        """
        graph = parts[0].graph
        makers = {name: graph.producers[root] for root, name in parts[0].roots.items()}
        moved = {name for name, layer in makers.items() if rearranges(layer)}
        signs = Counter(_sign(layer) for layer in makers.values())
        return moved or {name for name, layer in makers.items() if layer.weights and signs[_sign(layer)] > 1}

    def _types_differ(self, end: tuple[str, str]) -> bool:
        """Whether the models give real numbers of another precision, which is not computed."""
        values = [graph.values.get(value) for graph, value in zip(self.graphs, end, strict=True)]
        types = {value.dtype for value in values if value is not None and value.dtype is not None}
        return end in self.question.outputs and len(types) > 1 and all("float" in each for each in types)

    def _agreeing(self, parts: Parts, ends: Sequence[Order]) -> Parts | None:
        """The parts with what is known of their axes; None where they do not agree, whatever comes before them."""
        forms = {name: self.forms[name] for name in sorted(parts[0].roots.values())}
        if not any(map(_turns, forms.values())) and any(self._turned(parts, *each) for each in enumerate(ends)):
            return None
        compute = partial(agree, parts, self.question.numbers, forms, ends, self.budget)
        if not answered(self.question.answers, parts, forms, ends, compute, self.budget):
            return None
        jumps = any(map(jumping, parts))
        if self.question.shown and (jumps or held(parts)) and not self._shows(parts, forms, ends):
            return None
        told = {"forms": tuple(forms.values()), "ends": tuple(ends)}
        return each_once((replace(parts[0], told=told), replace(parts[1], told=told)))

    def _shows(self, parts: Parts, forms: Mapping[str, Order], ends: Sequence[Order]) -> bool:
        """Whether the layers that are not the same on both sides have a say in what leaves the parts."""
        same = self._same(parts)
        looked = parts[0].paths - {left.path for left, _ in same}, parts[1].paths - {right.path for _, right in same}
        return shows(parts, self.question.numbers, forms, ends, looked, self.budget)

    def _turned(self, parts: Parts, at: int, order: Order) -> bool:
        """Whether a value leaves both parts in two orders of its axes that no names tell: a permutation of one side."""
        one, other = (part.graph.values[part.values[at]] for part in parts)
        return _turns(order) and _named(one, other) != order

    def _last(self, names: Collection[str]) -> str:
        """The value that comes last in the left graph: what makes it may be made of the others."""
        return max(names, key=self._place)

    def _place(self, name: str) -> int:
        graph = self.graphs[0]
        return graph.places[graph.producers[name].path]

    def _may_be_one(self, parts: Parts) -> bool:
        whole = [bool(part.layers) for part in parts]
        if not any(whole) or (held(parts) and not all(whole)) or not self._is_rewritten(parts):
            return False
        if settings_differ(parts, self._paired(parts)) or sharp_on_one_side(parts) or any(map(gives_more, parts)):
            return False
        if all(whole) and any(value in part.roots for part in parts for value in part.values):
            return False  # a value that is handed on on one side, and made on the other
        if not self.question.inference and not trained_alike(parts):
            return False
        self.read += 4 * sum(weight.numel for part in parts for layer in part.layers for weight in layer.weights)
        return self.read <= MOST_READ

    def _paired(self, parts: Parts) -> list[tuple[Layer, Layer]]:
        """The layers of both parts that are each other's counterpart."""
        theirs = {layer.path: layer for layer in parts[1].layers}
        pairs = ((layer, theirs.get(self.partner.get(layer.path, ""))) for layer in parts[0].layers)
        return [(left, right) for left, right in pairs if right is not None]

    def _is_rewritten(self, parts: Parts) -> bool:
        """Whether more differs than a setting of a layer with weights: what is there, its order, what elements move."""
        return len(self._same(parts)) < max(len(part.layers) for part in parts)

    def _same(self, parts: Parts) -> list[tuple[Layer, Layer]]:
        """The layers of both parts that are the same, in the same place."""
        pairs = self._paired(parts)
        return [
            (left, right) for left, right in pairs if self._is_one_layer(left, right) and self._fed_alike(left, right)
        ]

    def _fed_alike(self, left: Layer, right: Layer) -> bool:
        """Whether two layers take what layers make that are each other's counterpart, in any order."""
        makers = [
            sorted(str(graph.producers[value].path) for value in layer.inputs if value in graph.producers)
            for graph, layer in zip(self.graphs, (left, right), strict=True)
        ]
        return sorted(self.partner.get(path, "") for path in makers[0]) == makers[1]

    def _is_one_layer(self, left: Layer, right: Layer) -> bool:
        roles = [{weight.role for weight in layer.weights} for layer in (left, right)]
        held = bool(left.weights or right.weights)
        spare = self.question.inference and roles[0] != roles[1]  # a gamma of ones, which nobody trains any more
        return left.kind == right.kind and not spare and (held or left.attributes == right.attributes)


def _sign(layer: Layer) -> tuple[object, ...]:
    """The same for layers that could stand for each other: of one kind and size, of the same inputs."""
    return layer.kind, layer.inputs, tuple(sorted((str(each.role), each.shape) for each in layer.weights))


def _turns(order: Order) -> bool:
    return order != tuple(range(len(order)))


def _named(one: Value | None, other: Value | None) -> Order | None:
    """The order that names of axes tell; rows of features have one where nothing does."""
    if one is None or other is None:
        return None
    a, b = one.axes, other.axes
    if a is not None and b is not None and len({*a}) == len(a) == len(b) and {*a} == {*b}:  # one may have no name
        return tuple(a.index(axis) for axis in b)
    return tuple(range(len(one.shape or ()))) if a == b and len(one.shape or ()) <= 2 else None


def _part(
    graph: LayerGraph, values: Sequence[str], names: Mapping[str, str], inside: Collection[str], kept: Collection[str]
) -> Part | None:
    """The layers back from values to those that both sides have; None where they are too many, or have no formula.

    Args:
        graph: the side.
        values: what leaves the part.
        names: what values of both sides are called.
        inside: those of them at which the part does not end.
        kept: layers that are in no part.
    """
    found = layers_back(graph, values, names, lambda at, _: at not in names or at in inside, MOST_LAYERS)
    if found is None or any(layer.path in kept or kind(layer.kind).compute is None for layer in found[0]):
        return None
    return Part(graph, tuple(values), *found)


def _made_of(part: Part, values: Sequence[str]) -> set[str]:
    """The values that enter a part and depend on some in it, under the names that both sides know them by."""
    graph = part.graph
    enter, leave = ([graph.places[graph.producers[each].path] for each in names] for names in (part.roots, values))
    reached = set(values)
    for layer in graph.layers[min(leave, default=0) + 1 : max(enter, default=-1) + 1]:
        if not reached.isdisjoint(layer.inputs):
            reached.update(layer.outputs)
    return {name for root, name in part.roots.items() if root in reached}
