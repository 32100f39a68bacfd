"""How a value is made by layers without weights, and whether two models make it alike: computed for numbers drawn."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity.evaluation import Budget as Operations
from parity.evaluation import Tensors
from parity.graph import Layer, LayerGraph
from parity.pairing._drawn_numbers import Scale, numbers_for
from parity.pairing._draws import alike, draws_of, rounded, shows_numbers, usual_size
from parity.pairing._jumps import hides_jumps
from parity.pairing._turns import turns
from parity.passes._known import MOST, ON_NUMBERS, computed

LAYERS = 64
"""Longer ways are not followed."""

IN_ALL, EACH = 1 << 26, 1 << 11
"""So many elements are computed for two models, of which each layer counts for some however small it is."""

ABSOLUTE = 1e-7
"""How far results may be apart, in proportion to the largest: nothing but constants has been rounded."""

DOUBLE = 2.0**-50
"""What double precision loses of numbers of a usual size on the way, that may be added and taken away again."""


@dataclass
class Budget:
    """The elements that may still be computed."""

    left: int = IN_ALL

    def spend(self, size: int) -> bool:
        """Whether another result of a size may be computed."""
        self.left -= size + EACH
        return self.left >= 0


@dataclass(frozen=True)
class Way:
    """How one side makes a value.

    Attributes:
        graph: the side.
        value: what is made.
        layers: those that make it, producers first; none where the value is itself one that both sides have.
        roots: the values that these begin with, each under the name that both sides know it by.
    """

    graph: LayerGraph
    value: str
    layers: tuple[Layer, ...]
    roots: Mapping[str, str]


COMPUTED = ON_NUMBERS | {
    *("adaptive_average_pool", "channel_shuffle", "depth_to_space", "distance", "einsum", "global_average_pool"),
    *("one_hot", "pad", "roll", "space_to_depth", "unfold", "unit_norm"),
}
"""Kinds of layers that hold no weights, and that do in training what they do in inference."""


def _computes(layer: Layer) -> bool:
    return layer.kind in COMPUTED and len(layer.outputs) == 1 and not layer.weights


def way_to(graph: LayerGraph, value: str, names: Mapping[str, str], partner: Mapping[str, str]) -> Way | None:
    """The layers back from a value to those that both sides have; None where they lead further than can be computed.

    Args:
        graph: the side.
        value: what is made.
        names: what values of both sides are called.
        partner: the layers to stop at; without any only those that cannot be computed are.
    """
    found = layers_back(
        graph,
        (value,),
        names,
        lambda at, maker: _computes(maker) and not (maker.path in partner and at in names),
        LAYERS,
    )
    return None if found is None else Way(graph, value, *found)


def layers_back(
    graph: LayerGraph, values: Iterable[str], names: Mapping[str, str], passes: Callable[[str, Layer], bool], most: int
) -> tuple[tuple[Layer, ...], dict[str, str]] | None:
    """The layers back from values to those that both sides have, producers first, and these by what they are called.

    Args:
        graph: the side.
        values: what is made.
        names: what values of both sides are called.
        passes: whether the way leads on through the layer that makes a value.
        most: the number of layers above which they are too many.

    Returns:
        None where the way ends at a value that only one side has, or is too long.
    """
    found: dict[str, Layer] = {}
    roots: dict[str, str] = {}
    waiting = [*values]
    while waiting:
        at = waiting.pop()
        maker = graph.producers.get(at)
        if maker is None or len(found) > most:
            return None
        if not passes(at, maker):
            if at not in names:
                return None
            roots[at] = names[at]
        elif maker.path not in found:
            found[maker.path] = maker
            waiting += maker.inputs
    return tuple(sorted(found.values(), key=lambda layer: graph.places[layer.path])), roots


def agree(mine: Way, theirs: Way, budget: Budget) -> bool:
    """Whether both sides make the same numbers, whatever they begin with."""
    draws = draws_of(mine.layers, theirs.layers, mine.graph, mine.roots)
    shown, usual = False, 0.0
    for at, scale in enumerate(_and_turns((mine, theirs), draws or ())):
        one, other = (_result(way, at, scale, budget) for way in (mine, theirs)) if scale is not None else (None, None)
        if scale is None or one is None or other is None:
            return False
        (left, lost), (right, lost_too) = one, other
        if at == 0 and hides_jumps(mine.layers, theirs.layers, [right]):
            return False
        usual = usual if at else usual_size(right)
        if not alike(left, right, ABSOLUTE, max(rounded(scale, usual), lost, lost_too)):
            return False
        shown = shown or shows_numbers(scale, [right])
    return shown


def _and_turns(ways: tuple[Way, Way], draws: Sequence[Scale]) -> Iterator[Scale | None]:
    """The draws, and after these those in which comparisons turn; None where one never does."""
    yield from draws
    held, budget = Tensors({}), Operations(operations=IN_ALL)
    found = turns(
        ways,
        (held, held),
        lambda draw, scale: (_drawn(ways[0], draw, scale), _drawn(ways[1], draw, scale)),
        draws,
        budget,
    )
    yield from (None,) if found is None else found


def _drawn(way: Way, draw: int, scale: Scale) -> dict[str, Any]:
    """The numbers of a draw for what a side begins with."""
    return {
        value: numbers_for([(way.graph, value)], way.graph.shape(value) or (), name, draw, scale)
        for value, name in way.roots.items()
    }


def _result(way: Way, draw: int, scale: Scale, budget: Budget) -> tuple[Any, float] | None:
    """What one side makes of the numbers of a draw, and what it loses; None where it cannot be computed."""
    arrays = _drawn(way, draw, scale)
    size = sum(each.size for each in arrays.values())
    for layer in way.layers:
        array = computed(way.graph, layer, [arrays[value] for value in layer.inputs])
        if array is None or (size := size + array.size) > MOST or not budget.spend(array.size):
            return None
        arrays[layer.outputs[0]] = array
    return arrays[way.value], DOUBLE * min(max(map(usual_size, arrays.values())), 1.0)
