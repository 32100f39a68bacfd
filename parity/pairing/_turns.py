"""Draws in which comparisons turn that no other draw has turned: ``x / 0.25 == 1`` holds for one number alone.

What compares two numbers does one thing on each side of where these are equal, and another there. Draws are made near
the numbers that layers hold; where a comparison is of something that is computed of these, none may come near. So what
is compared is computed for one number after the other, and where the sign of the difference changes, its root is found.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from math import isfinite
from typing import Any, Protocol

from parity.evaluation import Budget, Numbers, run
from parity.graph import Layer, LayerGraph, Value
from parity.pairing._drawn_numbers import Only, Scale

EQUATES = frozenset({"equal", "not_equal"})
"""Functions that tell of one number whether it comes up, which it does in hardly any draw of what is computed."""

TRUTHS = EQUATES | {"greater", "greater_equal", "less", "less_equal"}
TURNS = TRUTHS | {"maximum", "minimum"}
"""Functions that compare two numbers."""

POWERS = (*range(-8, 9),)
TRIED = tuple(sorted({0.0, *(sign * 10.0**power * by for sign in (-1, 1) for power in POWERS for by in (1, 3))}))
"""The numbers that are tried, from the least to the largest."""

HALVINGS = 100
"""More than it takes from two numbers that are tried to neighbours of double precision, or to what is 0."""

LOOKED_AT = 4096
"""Elements of a difference that are looked at for each number."""

MOST_VARIED = 8
"""Values that enter of which numbers are tried, one after the other."""

DIFFERENCE = ":difference"

ALL_SIGNS = frozenset((-1, 0, 1))
BOTH_SIDES = frozenset((-1, 1))
"""The signs that are asked for where nothing else is done at the number itself."""

OPERATIONS = 1 << 28
"""What the differences of one side may take: some tenths of a second."""


BENT: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(("celu", "clip", "elu", "leaky_relu", "relu", "rrelu", "selu"), (0.0,)),
    "relu6": (0.0, 6.0),
    **dict.fromkeys(("hard_sigmoid", "hard_silu"), (-3.0, 3.0)),
    **dict.fromkeys(("sparse_plus", "sparse_sigmoid"), (-1.0, 1.0)),
    **dict.fromkeys(("hard_shrink", "soft_shrink", "threshold"), ()),
}
"""Activations that do another thing on one side of a number than on the other, and numbers that no setting tells."""

BOUNDS = ("low", "high", "threshold")


class Side(Protocol):
    """What both sides are compared by: a part of a graph, or how it makes a value."""

    @property
    def graph(self) -> LayerGraph: ...
    @property
    def layers(self) -> tuple[Layer, ...]: ...
    @property
    def roots(self) -> Mapping[str, str]: ...


Arrays = Mapping[str, Any]
Drawn = Callable[[int, Scale], tuple[Arrays, Arrays] | None]
"""The numbers of a draw, for the roots of each side; None where there are none."""


def turns(
    sides: tuple[Side, Side], numbers: tuple[Numbers, Numbers], drawn: Drawn, draws: Sequence[Scale], budget: Budget
) -> list[Scale] | None:
    """The draws in which comparisons turn that they have not in others.

    Args:
        sides: with the same roots.
        numbers: what reads the weights of each side.
        drawn: gives the numbers of a draw.
        draws: those in which both sides have been compared.
        budget: what may be computed.

    Returns:
        None where a comparison of equality holds in no draw: nothing is known of what is done there.
    """
    found: list[Scale] = []
    for at, (side, reader) in enumerate(zip(sides, numbers, strict=True)):
        share = Budget(operations=min(OPERATIONS, budget.operations))
        before = share.operations
        more = _Asked(side, reader, partial(_of_side, drawn, at), share).turns(draws)
        budget.operations -= before - share.operations
        if more is None:
            return None
        found += more
    return [*dict.fromkeys(found)]


def _of_side(drawn: Drawn, at: int, draw: int, scale: Scale) -> Arrays:
    """The numbers of a draw for one side; none where sizes contradict."""
    both = drawn(draw, scale)
    return both[at] if both is not None else {}


@dataclass
class _Asked:
    """The comparisons of one side, and what is computed of them."""

    side: Side
    numbers: Numbers
    drawn: Callable[[int, Scale], Arrays]
    budget: Budget

    @cached_property
    def compared(self) -> dict[str, Layer]:
        """The layers that compare numbers, by what the difference of these is called."""
        return {f"{layer.outputs[0]}{DIFFERENCE} {at}": layer for layer, at, _ in self._probes()}

    def _probes(self) -> Iterator[tuple[Layer, int, dict[str, Any]]]:
        """Each layer that compares numbers, which of its differences, and what takes that; not truth values."""
        for layer in self.side.layers:
            types = {value.dtype for each in layer.inputs if (value := self.side.graph.values.get(each)) is not None}
            function = layer.attributes.get("function")
            if layer.kind == "elementwise" and function in TURNS and "bool" not in types:
                yield layer, 0, {**layer.attributes, "function": "subtract"}
            elif layer.kind == "activation" and function in BENT:
                for at, limit in enumerate(_limits(layer)):
                    yield layer, at, {"function": "subtract", "operand": limit}

    @cached_property
    def graph(self) -> LayerGraph:
        """The part, with layers that take these differences."""
        graph, layers, values = self.side.graph, [*self.side.layers], dict[str, Value]()
        for layer in layers:
            values |= {each: graph.values[each] for each in (*layer.inputs, *layer.outputs) if each in graph.values}
        for (layer, _, told), name in zip(self._probes(), self.compared, strict=True):
            layers.append(replace(layer, kind="elementwise", path=name, attributes=told, outputs=(name,)))
            values[name] = Value(graph.shape(layer.outputs[0]))
        return replace(graph, layers=tuple(layers), values=values, inputs=(), outputs=())

    def differences(self, draw: int, scale: Scale, wanted: Iterable[str] | None = None) -> Arrays:
        """The differences of a draw, all or some of them, as far as they can be computed."""
        given, names = self.drawn(draw, scale), [*(self.compared if wanted is None else wanted)]
        return run(self.graph, self.numbers, given, wanted=names, budget=self.budget).values if given else {}

    def tried(self, wanted: Sequence[str]) -> dict[str, list[tuple[float, Arrays]]]:
        """By the name of each value that enters the first differences for each number that is tried of it."""
        import numpy as np

        found = dict[str, list[tuple[float, Arrays]]]()
        for root in sorted({*self.side.roots.values()})[:MOST_VARIED] if wanted else ():
            made = ((number, self.differences(0, Only(root, number), wanted)) for number in TRIED)
            found[root] = [
                (number, {name: np.ravel(each)[:LOOKED_AT] for name, each in all_.items()}) for number, all_ in made
            ]
        return found

    def turns(self, draws: Sequence[Scale]) -> list[Scale] | None:
        """More draws for comparisons that have not had every sign; None where one of equality has never held."""
        signs = {name: set[int]() for name in self.compared}
        open_ = [*signs]
        for at, scale in enumerate(draws):
            for name, array in (self.differences(at, scale, open_) if open_ else {}).items():
                signs[name] |= _signs(array)
            open_ = [name for name in open_ if not signs[name] >= self._asked(name)]
        found, tried = list[Scale](), self.tried(open_)
        for name in open_:
            more = [*self._more(name, signs[name], tried)]
            if self.compared[name].attributes["function"] in EQUATES and not self._meets(name, signs[name], more):
                return None
            found += more
        return found

    def _asked(self, name: str) -> frozenset[int]:
        """The signs that are asked for: what tells truth values may tell another one where two numbers are equal."""
        return ALL_SIGNS if self.compared[name].attributes["function"] in TRUTHS else BOTH_SIDES

    def _meets(self, name: str, seen: set[int], more: Sequence[Scale]) -> bool:
        """Whether two numbers are equal in some draw; of infinite ones other draws tell."""
        made = [array for scale in more if (array := self.differences(0, scale, [name]).get(name)) is not None]
        known = seen.union(*map(_signs, made))
        return 0 in known or (not known and name in self.differences(0, 1.0, [name]))

    def _more(self, name: str, seen: set[int], tried: Mapping[str, Sequence[tuple[float, Arrays]]]) -> Iterator[Scale]:
        """For each value that enters the first numbers that give a sign that has not been seen, and roots."""
        import numpy as np

        for root, made in tried.items():
            known, had = [(number, each[name]) for number, each in made if name in each], {*seen}
            for number, array in known:
                if new := _signs(array) - had:
                    had |= new
                    yield Only(root, number)
            turned = ((*each, each[0][1] * each[1][1] < 0) for each in pairwise(known))
            between = next((each for each in turned if each[2].any()), None)
            if 0 in self._asked(name) - had and between is not None:
                yield from self._halved(name, root, int(np.argmax(between[2])), between[0], between[1][0])

    def _halved(self, name: str, root: str, place: int, start: tuple[float, Any], high: float) -> Iterator[Scale]:
        """The number between two at which an element is 0, or the two next to it."""
        import numpy as np

        low, before = start
        for _ in range(HALVINGS):
            middle = low + (high - low) / 2
            if middle in (low, high):
                break
            made = self.differences(0, Only(root, middle), [name])
            if name not in made:
                return  # the budget is spent
            now = float(np.ravel(made[name])[place])
            if now == 0:
                yield Only(root, middle)
                return
            low, high = (middle, high) if now * before[place] > 0 else (low, middle)
        yield from (Only(root, low), Only(root, high))


def _limits(layer: Layer) -> Sequence[float]:
    """The numbers on both sides of which an activation does not do the same."""
    told = [value for name in BOUNDS if isinstance(value := layer.attributes.get(name), float)]
    shrinks = [-each for each in told if str(layer.attributes["function"]).endswith("_shrink")]
    return (*BENT[str(layer.attributes["function"])], *filter(isfinite, (*told, *shrinks)))


def _signs(array: Any) -> set[int]:
    """The signs of the finite numbers of an array."""
    import numpy as np

    numbers = np.asarray(array, "float64")
    return {int(sign) for sign in np.unique(np.sign(numbers[np.isfinite(numbers)]))}
