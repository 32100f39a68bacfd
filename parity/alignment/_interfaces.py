"""Which input and output of the one model is which of the other: by hand, by name, by shape and type, then by order.

A name says something where people chose it, and callers of one of the models go by it. Exporters number what nobody
named: ``output_0``, ``dense_1``, ``1234`` are not names.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from parity.alignment._contract import By, End
from parity.errors import UsageError
from parity.graph import Dim, Framework, LayerGraph, Value
from parity.kinds import letters, operators

MADE = {
    *("arg", "args", "argument", "getitem", "identity", "input", "inputlayer", "inputs", "functional", "kerastensor"),
    *("model", "output", "outputs", "placeholder", "result", "return", "sequential", "tensor", "unknown", "value"),
    "partitionedcall",
    "statefulpartitionedcall",
}
"""What frameworks call inputs and outputs besides the operators that make them, letters only."""

MARKS = "/:."
"""What stands in names of exporters, between scopes and before numbers."""


@dataclass(frozen=True)
class Matching:
    """What is known of the ends of two models before their layers are aligned.

    Attributes:
        ends: those that are each other's counterpart.
        sides: what is known of their names.
        open: places, of the left and of the right, of which only the layers can tell: they look alike, and there are
            not as many on both sides.
    """

    ends: tuple[End, ...]
    sides: "tuple[Side, Side]"
    open: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def matched_outputs(left: LayerGraph, right: LayerGraph, by_hand: Mapping[str, str]) -> Matching:
    """Which output is which.

    Args:
        left: a graph with the names that its source has for its outputs.
        right: another one.
        by_hand: outputs of the left, by name, with those of the right that they are.

    Raises:
        UsageError: a side has no output of such a name, or one is matched twice.
    """
    found = _by_hand(left, right, by_hand)
    sides = Side.of_outputs(left), Side.of_outputs(right)
    free = _free(found, len(left.outputs), len(right.outputs))
    found += [End(a, b, By.NAME) for a, b in _by_name(sides, free)]
    ends, rest = _by_look(found, [_looks(graph, graph.outputs) for graph in (left, right)])
    return Matching(ends, sides, rest)


def matched_inputs(left: LayerGraph, right: LayerGraph) -> tuple[End, ...]:
    """The inputs of which names tell which is which; of the others their layers do."""
    free = _free((), len(left.inputs), len(right.inputs))
    return tuple(End(a, b, By.NAME) for a, b in _by_name((Side.of_inputs(left), Side.of_inputs(right)), free))


LONE_INPUTS = "the only inputs of their shape and type that are left"
ORDERED_INPUTS = "inputs of one shape and type that no layers tell apart, in their order"


def left_over_inputs(
    left: LayerGraph, right: LayerGraph, lefts: Sequence[int], rights: Sequence[int]
) -> Iterator[tuple[tuple[int, int], str]]:
    """Of inputs at given places those that may be the same one and no others, then those alike by order; and why."""
    looks = [_looks(graph, graph.inputs) for graph in (left, right)]

    def alike(a: int, b: int) -> bool:
        return _alike(looks[0][a], looks[1][b])

    done = dict(_lone(lefts, rights, alike))
    yield from ((pair, LONE_INPUTS) for pair in done.items())
    taken = {*done.values()}
    mine, theirs = [at for at in lefts if at not in done], [at for at in rights if at not in taken]
    for a in mine:
        others = [b for b in theirs if alike(a, b)]
        group = [each for each in mine if [b for b in theirs if alike(each, b)] == others]
        if len(group) == len(others) == sum(any(alike(each, b) for b in others) for each in mine):
            yield (a, others[group.index(a)]), ORDERED_INPUTS


def place_of(name: str, graph: LayerGraph, side: str, what: str) -> int:
    """The place of the output that has a name.

    Raises:
        UsageError: there is none; says which there are.
    """
    names = graph.names_of_outputs
    if name in names:
        return names.index(name)
    near = get_close_matches(name, names, n=1)
    known = ", ".join(names) or "none"
    remedy = f"did you mean {near[0]}?" if near else ""
    raise UsageError(what, f"the {side} model has no output {name!r}, only {known}", remedy=remedy)


@dataclass(frozen=True)
class Side:
    """The names of the inputs or outputs of a model.

    Attributes:
        names: one for each.
        by_name: callers go by them.
        given: for each whether a person chose it.
        keyed: there is no other way to go by: an ONNX file's inputs and outputs have places besides.
    """

    names: tuple[str, ...]
    by_name: bool
    given: tuple[bool, ...]
    keyed: bool = False

    @classmethod
    def of_inputs(cls, graph: LayerGraph) -> "Side":
        """Those of the inputs; what PyTorch takes by place has the names of parameters."""
        return cls._of(graph, graph.input_names, by_name=graph.inputs_by_name)

    @classmethod
    def of_outputs(cls, graph: LayerGraph) -> "Side":
        """Those of the outputs; what PyTorch returns by place has none, but those of operators."""
        if graph.framework is Framework.TORCH and not graph.outputs_by_name:
            return cls(graph.output_names, by_name=False, given=(False,) * len(graph.output_names))
        if graph.framework is Framework.ONNX and any(map(_is_numbered, graph.output_names)):
            return cls((), by_name=False, given=())  # the exporter has named them all, after variables of the code
        return cls._of(graph, graph.output_names, by_name=graph.outputs_by_name)

    @classmethod
    def _of(cls, graph: LayerGraph, names: tuple[str, ...], *, by_name: bool) -> "Side":
        keys = by_name and graph.framework is not Framework.ONNX
        return cls(names, by_name, tuple(keys or not is_made(name) for name in names), keys)


def _is_numbered(name: str) -> bool:
    """Whether nobody but an exporter calls anything so: a number, a scope."""
    return not letters(name) or any(mark in name for mark in MARKS)


def is_made(name: str) -> bool:
    """Whether a framework can have made up a name: of an operator, a scope or a number."""
    plain = letters(name)
    return _is_numbered(name) or plain in MADE or plain in operators()


def _by_hand(left: LayerGraph, right: LayerGraph, by_hand: Mapping[str, str]) -> list[End]:
    found: list[End] = []
    for one, other in by_hand.items():
        what = f"cannot match the output {one!r} with {other!r}"
        a, b = place_of(one, left, "left", what), place_of(other, right, "right", what)
        if any(b == end.right for end in found):
            raise UsageError(what, f"{other!r} is matched with another output already")
        found.append(End(a, b, By.HAND))
    return found


Places = tuple[list[int], list[int]]


def _free(found: Iterable[End], lefts: int, rights: int) -> Places:
    ends = list(found)
    taken = {end.left for end in ends}, {end.right for end in ends}
    return [at for at in range(lefts) if at not in taken[0]], [at for at in range(rights) if at not in taken[1]]


def _by_name(sides: tuple[Side, Side], free: Places) -> list[tuple[int, int]]:
    """Those of one name, which is one only on either side, and which a person chose; where callers go by names."""
    left, right = sides
    if not (left.by_name or right.by_name) or not (left.names and right.names):
        return []
    counts = Counter(left.names), Counter(right.names)
    places = {right.names[at]: at for at in free[1]}
    pairs = [(at, places[left.names[at]]) for at in free[0] if left.names[at] in places]
    alone = [(a, b) for a, b in pairs if all(count[left.names[a]] == 1 for count in counts)]
    return [(a, b) for a, b in alone if left.given[a] or right.given[b]]


Look = tuple[tuple[Dim, ...] | None, str]
"""The sizes of a value, None where they are not known, and its sort of number, "" where that is not known."""


def _looks(graph: LayerGraph, values: Sequence[str]) -> list[Look]:
    return [_look(graph.values.get(each)) for each in values]


def _look(value: Value | None) -> Look:
    if value is None:
        return None, ""
    return value.shape, letters(value.dtype or "").removeprefix("b").removeprefix("u")


def _alike(one: Look, other: Look) -> bool:
    """Whether two values may be the same one, in whatever order their axes are; a free size may be any."""
    (a, sort), (b, other_sort) = one, other
    if sort and other_sort and sort != other_sort:
        return False
    if a is None or b is None:
        return True
    if len(a) != len(b):
        return False
    mine, theirs = (Counter(size for size in shape if isinstance(size, int)) for shape in (a, b))
    return not (mine - theirs and theirs - mine)  # free sizes are each other's before they are numbers of the other


Open = tuple[tuple[int, ...], tuple[int, ...]]


def _by_look(found: list[End], looks: Sequence[Sequence[Look]]) -> tuple[tuple[End, ...], Open]:
    """The rest by shape and type; those that look alike by order, where there are as many on both sides."""

    def alike(a: int, b: int) -> bool:
        return _alike(looks[0][a], looks[1][b])

    done = list(found)
    lefts, rights = _free(done, len(looks[0]), len(looks[1]))
    if len(lefts) == len(rights) and all(map(alike, lefts, rights)):
        return (*done, *(End(a, b, By.ORDER) for a, b in zip(lefts, rights, strict=True))), ((), ())
    done += (End(*pair, By.SHAPE) for pair in _lone(lefts, rights, alike))
    lefts, rights = _free(done, len(looks[0]), len(looks[1]))
    if len(lefts) == len(rights):
        done += _in_order(lefts, rights, alike)
        return tuple(done), ((), ())
    return tuple(done), (tuple(lefts), tuple(rights))


def _lone(lefts: Sequence[int], rights: Sequence[int], alike: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """The left and right ones that look like no other, and those that do so once these are gone."""
    mine, theirs = list(lefts), list(rights)
    while pair := _first_lone(mine, theirs, alike):
        yield pair
        mine.remove(pair[0])
        theirs.remove(pair[1])


def _first_lone(
    lefts: Sequence[int], rights: Sequence[int], alike: Callable[[int, int], bool]
) -> tuple[int, int] | None:
    for a in lefts:
        mine = [b for b in rights if alike(a, b)]
        if len(mine) == 1 and [each for each in lefts if alike(each, mine[0])] == [a]:
            return a, mine[0]
    return None


def _in_order(lefts: Sequence[int], rights: Sequence[int], alike: Callable[[int, int], bool]) -> list[End]:
    """As many on both sides: each with the first that looks like it, and what looks like none in order."""
    rest, found = list(rights), []
    for a in lefts:
        b = next((each for each in rest if alike(a, each)), None)
        if b is not None:
            rest.remove(b)
            found.append(End(a, b, By.ORDER))
    taken = {end.left for end in found}
    return [*found, *(End(a, b, By.ORDER) for a, b in zip([a for a in lefts if a not in taken], rest, strict=True))]


def settled(matching: Matching, pairs: Iterable[tuple[int, int]]) -> tuple[End, ...]:
    """All outputs that are each other's counterpart, when the layers have told of the open ones.

    Args:
        matching: what was known before.
        pairs: places of outputs that the alignment of layers pairs.
    """
    lefts, rights = matching.open
    told = [End(a, b, By.LAYERS) for a, b in pairs if a in lefts and b in rights]
    taken = {end.left for end in told}, {end.right for end in told}
    rest = [at for at in lefts if at not in taken[0]], [at for at in rights if at not in taken[1]]
    ordered = [End(a, b, By.ORDER) for a, b in zip(*rest, strict=False)]
    ends = sorted((*matching.ends, *told, *ordered), key=lambda end: end.left)
    keyed = any(side.keyed for side in matching.sides)
    return tuple(replace(end, named=keyed and end.by in {By.HAND, By.NAME, By.SHAPE}) for end in ends)


def aligned_inputs(left: LayerGraph, right: LayerGraph, pairs: Iterable[tuple[int, int]]) -> tuple[End, ...]:
    """The inputs that both models have, in the order of the left.

    Args:
        left: a graph.
        right: another one.
        pairs: places of inputs that the alignment of layers pairs, those of one name among them.
    """
    named = {(end.left, end.right) for end in matched_inputs(left, right)}
    looks, sides = (
        [_looks(graph, graph.inputs) for graph in (left, right)],
        (Side.of_inputs(left), Side.of_inputs(right)),
    )
    keyed, placed, found = any(side.keyed for side in sides), not all(side.keyed for side in sides), []
    for a, b in sorted(pairs):
        alike = [at for at, look in enumerate(looks[1]) if _alike(looks[0][a], look)]
        alone = alike == [b] and [at for at, look in enumerate(looks[0]) if _alike(look, looks[1][b])] == [a]
        by = By.NAME if (a, b) in named else By.LAYERS
        found.append(End(a, b, by, named=by is By.NAME or (alone and keyed) or not placed))
    return tuple(found)


@dataclass(slots=True)
class Labels:
    """What inputs and outputs are called that are known to be the same ones on both sides, by their places.

    ``ports`` are the numbers of the inputs among those of the left.
    """

    inputs: dict[int, str] = field(default_factory=dict)
    ports: dict[int, int] = field(default_factory=dict)
    outputs: dict[int, str] = field(default_factory=dict)


EXTRA, OPEN = "extra", "open"
"""What outputs are called that have no counterpart, and those of which the layers tell which one has it."""


def labels_of(left: LayerGraph, right: LayerGraph, inputs: Sequence[End], matching: Matching) -> tuple[Labels, Labels]:
    """What inputs and outputs are called in the signatures of layers: the same for those that are the same one.

    Nothing in it depends on which side is the left one, so that mirrored models have mirrored answers.
    """
    lefts, rights = Labels(), Labels()
    for end in inputs:
        lefts.inputs[end.left] = rights.inputs[end.right] = left.input_names[end.left]
        lefts.ports[end.left] = rights.ports[end.right] = end.left
    for end in matching.ends:
        told = [(end.left, *_told(left, end.left)), (end.right, *_told(right, end.right))]
        lefts.outputs[end.left] = rights.outputs[end.right] = repr([sorted(each) for each in zip(*told, strict=True)])
    for side, places in zip((lefts, rights), matching.open, strict=True):
        side.outputs.update(dict.fromkeys(places, OPEN))
    return lefts, rights


def _told(graph: LayerGraph, at: int) -> tuple[str, str]:
    """The name of an output, and its shape."""
    return graph.names_of_outputs[at], repr(graph.shape(graph.outputs[at]))
