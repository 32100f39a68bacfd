"""What the plan is made of: a weight of the right and what it is over the left, and both sides as they are seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from parity.alignment import Alignment, Pair
from parity.comparison import View
from parity.graph import Census, Layer, LayerGraph, Weight
from parity.transfer._expression import Expression
from parity.transfer._rows import RowOrders, Rows
from parity.transfer._stored import Sizes

WHOLE = ("int", "uint", "bool")
"""Types of whole numbers."""

ADDED: Mapping[str, float] = {"bias": 0, "recurrent_bias": 0, "beta": 0, "gamma": 1, "moving_mean": 0}
"""What a layer computes with that lacks a weight: a role, and the number that changes nothing in its place."""

NOT_CARRIED = frozenset((Census.RNG, Census.OPTIMIZER, Census.CONSTANT, Census.NONPERSISTENT))
COUNTERS = frozenset(("counter", "count"))


@dataclass(frozen=True, slots=True)
class Carried:
    """A weight of a layer on the right, and what it is.

    Attributes:
        left, right: the layers.
        role: of the weight.
        weight: the weight of the right; None where only the left has it.
        value: what it is over stored tensors of the left; None where that cannot be told.
        told: what the right holds there, over its own stored tensors, where that is not the weight alone.
        reason: why there is no value.
        given: one side has no such weight, so that it computes as with one that changes nothing.
        rows: the stretches of its axes that run in another order than on the left, each with the axis.
        guess: what the value depends on and is not known, "" where it is: only numbers that agree show that it is so.
        instead: what counts where this one differs: of two biases that are added only the sum matters.
        absorbed: another weight makes up for what it adds, or holds it too, so that only that one is compared.
    """

    left: Layer
    right: Layer
    role: str
    weight: Weight | None
    value: Expression | None
    told: Expression | None = None
    reason: str = ""
    given: bool = False
    rows: tuple[tuple[int, Rows], ...] = ()
    guess: str = ""
    instead: "Carried | None" = None
    absorbed: bool = False


def mirrored_view(view: View) -> View:
    """The same pairs, seen from the other side."""
    pairs = tuple(Pair(pair.right, pair.left, pair.why) for pair in view.alignment.pairs)
    return View(view.right, view.left, Alignment(pairs, view.alignment.right_only, view.alignment.left_only))


Scales = Mapping[str, Mapping[tuple[str, int], Weight]]


def _scales(graph: LayerGraph) -> Scales:
    """Those of each layer, those of one role numbered, which a pass has put together in one place."""
    found: dict[str, dict[tuple[str, int], Weight]] = {}
    for place in (layer for layer in graph.layers if layer.kind == "quantisation" and not layer.outputs):
        held = {weight.storage: weight for weight in place.weights}
        for path, role, storage in place.attributes.get("scaling", ()):
            own = found.setdefault(path, {})
            own[role, sum(name == role for name, _ in own)] = held[storage]
    return found


@dataclass(frozen=True)
class Sides:
    """Both graphs, and what their sources store."""

    view: View
    left: Sizes
    right: Sizes
    orders: RowOrders

    @cached_property
    def scales(self) -> tuple[Scales, Scales]:
        """The scales and zero points of the layers of both sides, by the layer's path and what each is to it."""
        return _scales(self.view.left), _scales(self.view.right)

    @cached_property
    def swapped(self) -> "Sides":
        """The other way round; what is not known of the order of rows then is said to be unknown."""
        unsure = {path for path, _ in self.orders.found} | self.orders.unsure
        paths = {left.path for left, right in self.view.pairs if right.path in unsure}
        return Sides(mirrored_view(self.view), self.right, self.left, RowOrders(unsure=paths))


def is_carried(weight: Weight) -> bool:
    """Whether a stored tensor is something that weights are carried over for: no seed, counter or constant."""
    return weight.census not in NOT_CARRIED and weight.role not in COUNTERS


def is_number(weight: Weight) -> bool:
    """Whether a constant is one that a layer calculates with, such as an operand that nobody trains."""
    return weight.census in {Census.CONSTANT, Census.NONPERSISTENT} and weight.role not in COUNTERS
