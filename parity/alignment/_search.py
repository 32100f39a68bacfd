"""The three stages: certain anchors, growth from pair to neighbouring pair by cost, and a polish of the rest."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum

from parity.alignment._costs import FAN, GAP, OTHER_DETAIL, REACH, cost, unlikeness
from parity.alignment._depths import between
from parity.alignment._lines import line, skips
from parity.alignment._network import NO_WEIGHTS, Network, Node
from parity.alignment._offers import Offers
from parity.alignment._pins import Pins
from parity.alignment._sequence import common

PINNED = "mapped by the user"
INPUTS = "inputs of the same name"
SEQUENCE = "equal layers in the same order"
LAST = "the only layers of their kind that are left"
NAMED = "equal names and sizes"
PLACE = "equal layers before and after"
PAST = "equal layers before"
FUTURE = "equal layers after"
ALONE = "the only layers of their kind and size"
NEIGHBOUR = "next to aligned layers"
EQUAL = "equal kind and size, in order"

OPAQUE = "opaque"
"""The kind of unsupported operators."""

SEVERAL = -1
"""In place of the number of a layer, where there is more than one."""


class Names(Enum):
    """Which equal names are trusted."""

    SIZED = "those of layers whose weights have equal sizes"
    ALL = "those of other layers, too"


class Search:
    """Pairs of layers, grown from certain ones."""

    def __init__(self, left: Network, right: Network) -> None:
        """Start with nothing paired."""
        self.sides = left, right
        self.left, self.right = left.nodes, right.nodes
        self.wired = left.wired and right.wired
        self.ordered = left.ordered and right.ordered
        self.to_right: dict[int, int] = {}
        self.to_left: dict[int, int] = {}
        self.why: dict[tuple[int, int], str] = {}
        self.offers = Offers(self.left, self.right, wired=self.wired)
        self.all_namesakes = False

    def run(self, hard: Pins, inputs: Pins = (), *, names: Names | None = None) -> None:
        """Pair what can be paired, the user's own pairs and inputs of one name first; ``names`` are then trusted."""
        self.begin(hard, PINNED)
        self.begin(inputs, INPUTS)
        if names is not None:
            self.by_name(names)
        if not self.wired:
            self.scoped()
        if self.ordered and not self.wired:
            self.in_sequence()
        self.anchor(lambda node: (node.past, node.future), PLACE)
        self.anchor(lambda node: (node.past, node.future, node.around), PLACE)
        self.anchor(lambda node: (node.past, node.future, node.roles), PLACE)
        self.grow()
        self.anchor(lambda node: node.past, PAST)
        self.anchor(lambda node: node.future, FUTURE, crossing=False)
        self.finish()

    def finish(self) -> None:
        """Pair the rest by ever weaker evidence."""
        self.grow()
        self.anchor(lambda node: node.own, ALONE)
        self.anchor(lambda node: (node.kind, node.weights), ALONE, bare=False)
        self.grow()
        self.pair_equals()
        self.grow()
        if not self.wired:
            self.anchor(lambda node: node.kind, LAST, bare=False)

    def by_name(self, names: Names) -> None:
        """Pair layers of equal name and kind; several that came of one layer are in the order of its parts."""
        for side, taken in zip(self.sides, (self.to_right, self.to_left), strict=True):
            side.name(at for at in range(len(side.layers)) if at not in taken)
        if not self.wired:
            self.namesakes()
        self.in_turn(lambda node: (node.name, node.kind, node.weights), bare=True)
        if names is Names.ALL:
            self.in_turn(lambda node: (node.name, node.kind), bare=True)

    def namesakes(self) -> None:
        """Pair all layers, whatever their sizes, where both sides list the same names and kinds in the same order.

        Two widths of one network are so; without wiring nothing speaks louder.
        """
        if len(self.left) == len(self.right) and not self.to_right:
            told = [[(node.name, node.kind) for node in nodes] for nodes in (self.left, self.right)]
            if told[0] == told[1] and len({*told[0]}) == len(told[0]):
                self.begin([(at, at) for at in range(len(self.left))], NAMED)
                self.all_namesakes = True

    def in_sequence(self) -> None:
        """Pair layers with weights that both sides list in the same order, for want of wiring.

        First equal ones; then, between two of these, others of equal kinds where both sides list the same kinds there.
        """
        lefts, rights = (
            [at for at, node in enumerate(nodes) if at not in taken and node.weights != NO_WEIGHTS]
            for nodes, taken in ((self.left, self.to_right), (self.right, self.to_left))
        )
        sizes, kinds = (
            (
                [key(self.left[at]) for at in lefts],
                [key(self.right[at]) for at in rights],
            )
            for key in (lambda node: (node.kind, node.weights), lambda node: node.kind)
        )
        same = common(*sizes)
        self.begin([(lefts[a], rights[b]) for a, b in same], SEQUENCE)
        between = zip([(-1, -1), *same], [*same, (len(lefts), len(rights))], strict=True)
        for (a, b), (c, d) in between:
            if kinds[0][a + 1 : c] == kinds[1][b + 1 : d]:
                self.begin(list(zip(lefts[a + 1 : c], rights[b + 1 : d], strict=True)), SEQUENCE)
        self.anchor(lambda node: (node.kind, node.weights, node.detail), ALONE)

    def reconsider(self, lefts: Collection[int], rights: Collection[int]) -> None:
        """Pair some layers and their counterparts anew, by their names first, and keep that if it costs no more."""
        before, price = (self.to_right, self.to_left, self.why), self.price()
        self.why = {
            (a, b): why
            for (a, b), why in self.why.items()
            if why in {PINNED, INPUTS} or (a not in lefts and b not in rights)
        }
        self.to_right, self.to_left = dict(self.why.keys()), {b: a for a, b in self.why}
        self.by_name(Names.SIZED)
        for nodes, freed, taken in ((self.left, lefts, self.to_right), (self.right, rights, self.to_left)):
            for at in {at for each in sorted(freed) for at in (*nodes[each].before, *nodes[each].after) if at in taken}:
                other = taken[at]
                self.propose(*((at, other) if nodes is self.left else (other, at)))
        self.finish()
        if self.price() > price:
            self.to_right, self.to_left, self.why = before

    def anchor(self, key: Callable[[Node], Hashable], why: str, *, bare: bool = True, crossing: bool = True) -> None:
        """Pair the layers whose key is unique among those still free on each side; ``bare`` ones have no weights.

        Unless pairs may be ``crossing``, none comes before another one on one side, and after it on the other.
        """
        lefts = _alone(self.left, self.to_right, key, bare=bare)
        rights = _alone(self.right, self.to_left, key, bare=bare)
        new = [(a, rights[each]) for each, a in lefts.items() if a != SEVERAL and rights.get(each, SEVERAL) != SEVERAL]
        new = [(a, b) for a, b in new if self.left[a].kind == self.right[b].kind]
        if self.wired and not crossing:
            mine, theirs = between(self.left, self.right, self.to_right), between(self.right, self.left, self.to_left)
            new = [(a, b) for a, b in new if self.right[b].depth in mine[a] and self.left[a].depth in theirs[b]]
        self.begin(new, why)

    def scoped(self) -> None:
        """Pair the layers with weights of modules of one name, where nothing tells what follows what."""
        self.in_turn(lambda node: (node.scope, node.kind, node.weights), bare=False)

    def in_turn(self, key: Callable[[Node], Hashable], *, bare: bool) -> None:
        """Pair the layers of one key in the order of the graphs, where both sides have as many of it.

        Without wiring a layer is listed once, however often it is called: it is its first call.
        """
        for lefts, rights in self.groups(key, bare=bare):
            if len(lefts) == len(rights) or (not self.wired and 1 in (len(lefts), len(rights))):
                self.begin(list(zip(lefts, rights, strict=False)), NAMED)

    def groups(self, key: Callable[[Node], Hashable], *, bare: bool) -> Iterable[tuple[list[int], list[int]]]:
        """Free layers of both sides by a key that both have, in the order of the graphs."""
        lefts, rights = defaultdict[Hashable, list[int]](list), defaultdict[Hashable, list[int]](list)
        for found, nodes, taken in ((lefts, self.left, self.to_right), (rights, self.right, self.to_left)):
            for at, node in enumerate(nodes):
                if at not in taken and (bare or node.weights != NO_WEIGHTS):
                    found[key(node)].append(at)
        return ((group, rights[each]) for each, group in lefts.items() if each in rights)

    def begin(self, pairs: Pins, why: str) -> None:
        """Accept pairs, and offer their neighbours only then, when most have their counterpart and offer nothing."""
        for a, b in pairs:
            self.accept(a, b, why)
        for a, b in pairs:
            self.propose(a, b)

    def accept(self, left: int, right: int, why: str) -> None:
        """Make a pair."""
        self.to_right[left], self.to_left[right] = right, left
        self.why[left, right] = why

    def propose(self, left: int, right: int) -> None:
        """Offer the neighbours of a pair as pairs; those behind skipped layers only when their price comes up."""
        if len(self.to_right) == len(self.left) or len(self.to_left) == len(self.right):
            return  # nothing is free
        if self.offer_near(left, right, 1):
            self.offers.add_later(left, right)

    def offer_near(self, left: int, right: int, reach: int) -> bool:
        """Offer free layers within reach of a pair, those after it before those before it; whether there are any."""
        found = False
        for way in (0, 1):
            lefts = list(self.near(self.left, left, self.to_right, way, reach))
            rights = list(self.near(self.right, right, self.to_left, way, reach)) if lefts else []
            if not rights:
                continue
            found = True
            wide = len(lefts) * len(rights) > FAN * FAN
            signatures = {self.right[b].own for b, _, _ in rights} if wide else set()
            for a, skipped, blind in lefts:
                if wide and self.left[a].own not in signatures:
                    continue
                for b, passed, veiled in rights:
                    if (skipped or passed or reach == 1) and not (wide and self.left[a].own != self.right[b].own):
                        self.offer(a, b, skipped + passed, way, equal=blind or veiled)
        return found

    @staticmethod
    def near(
        nodes: list[Node], start: int, taken: dict[int, int], way: int, reach: int
    ) -> Iterator[tuple[int, int, bool]]:
        """Free layers after (or before) a node, with the number of free layers skipped to reach them.

        And whether one of these is opaque: it may do anything that the other side has there.
        """
        edge, seen = [(start, False)], {start}
        for skipped in range(reach):
            reached = []
            for at, veiled in edge:
                for other in nodes[at].before if way else nodes[at].after:
                    if other not in seen and other not in taken:
                        seen.add(other)
                        reached.append((other, veiled or nodes[other].kind == OPAQUE))
                        yield other, skipped, veiled
            edge = reached
            if len(seen) > FAN * FAN:
                return

    def offer(self, a: int, b: int, gaps: int, way: int, *, equal: bool) -> None:
        """Put a possible pair on the heap, under its price; where it has to be ``equal``, only one that is."""
        price = cost(self.left[a], self.right[b], gaps)
        if price is not None and not (equal and unlikeness(self.left[a], self.right[b]) >= OTHER_DETAIL):
            self.offers.add(price, way, a, b)

    def grow(self) -> None:
        """Accept the cheapest offer whose layers are both free, again and again."""
        while self.offers:
            found = self.offers.cheapest(self.fits)
            if found:
                self.accept_in_step(*found)
            elif pair := self.offers.further(self.has_free):
                self.offer_near(*pair, REACH)

    def fits(self, a: int, b: int) -> bool:
        """Whether both layers are free, and agree with their neighbours on what comes first."""
        return a not in self.to_right and b not in self.to_left and self.in_order(a, b)

    def accept_in_step(self, a: int, b: int, way: int) -> None:
        """Make a pair, or, where its layers are of other sizes and rows of layers are shifted there, the one behind."""
        if self.wired and self.left[a].weights != self.right[b].weights:
            lefts, rights = line(self.left, a, self.to_right, way), line(self.right, b, self.to_left, way)
            mine, theirs = skips([self.left[at] for at in lefts], [self.right[at] for at in rights])
            a, b = lefts[mine], rights[theirs]
        self.accept(a, b, NEIGHBOUR)
        self.propose(a, b)

    def has_free(self, left: int, right: int) -> bool:
        """Whether both layers of a pair have a free layer after them, or both before them."""
        one, other = self.left[left], self.right[right]
        return any(
            any(at not in self.to_right for at in mine) and any(at not in self.to_left for at in theirs)
            for mine, theirs in ((one.after, other.after), (one.before, other.before))
        )

    def in_order(self, a: int, b: int) -> bool:
        """Whether the pair agrees with its aligned neighbours on what comes first, as far as depths tell.

        The order in which modules were registered is not the order in which they are called.
        """
        return not self.wired or (
            self._agrees(self.left[a], self.to_right, self.right, self.right[b].depth)
            and self._agrees(self.right[b], self.to_left, self.left, self.left[a].depth)
        )

    @staticmethod
    def _agrees(node: Node, taken: dict[int, int], others: list[Node], depth: int) -> bool:
        return all(others[taken[at]].depth < depth for at in node.before if at in taken) and all(
            depth < others[taken[at]].depth for at in node.after if at in taken
        )

    def pair_equals(self) -> None:
        """Pair what is left by equal signature in the order of the graphs, where both sides have as many of it."""
        for lefts, rights in self.groups(lambda node: node.own, bare=False):
            if len(lefts) == len(rights):
                lefts.sort(key=lambda at: self.left[at].rank)
                rights.sort(key=lambda at: self.right[at].rank)
                for a, b in zip(lefts, rights, strict=True):
                    if a not in self.to_right and b not in self.to_left:
                        self.accept(a, b, EQUAL)
                        self.propose(a, b)

    def price(self, wire: int = 1) -> int:
        """What the answer costs: layers left over, pairs that are not alike, and wires (if any) that run elsewhere.

        Args:
            wire: what one of these costs.
        """
        loose = len(self.left) + len(self.right) - 2 * len(self.to_right)
        unlike = sum(unlikeness(self.left[a], self.right[b]) for a, b in self.to_right.items())
        bent = sum(self.bent(a, b) for a, b in self.to_right.items()) if self.wired else 0
        return GAP * loose + unlike + wire * bent

    def bent(self, a: int, b: int) -> int:
        """How many layers feed only one layer of a pair."""
        if [self.to_right.get(at) for at in self.left[a].before] == self.right[b].before:
            return 0
        mine = {self.to_right[at] for at in self._makers(self.left, a, self.to_right)}
        return len(mine.symmetric_difference(self._makers(self.right, b, self.to_left)))

    @staticmethod
    def _makers(nodes: list[Node], number: int, taken: dict[int, int]) -> Iterator[int]:
        """The paired layers that feed a layer, those left over looked through along their first input."""
        for maker in nodes[number].before:
            at = maker
            while at not in taken and nodes[at].before:
                at = nodes[at].before[0]
            if at in taken:
                yield at


def _alone(
    nodes: Sequence[Node], taken: Mapping[int, int], key: Callable[[Node], Hashable], *, bare: bool
) -> dict[Hashable, int]:
    """The free layer of each key; ``SEVERAL`` where there are more. ``bare`` ones have no weights."""
    found: dict[Hashable, int] = {}
    for at, node in enumerate(nodes):
        if at not in taken and (bare or node.weights != NO_WEIGHTS):
            each = key(node)
            found[each] = SEVERAL if each in found else at
    return found
