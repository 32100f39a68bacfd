"""Evaluates a layer graph: from given values to wanted ones, in the order of the graph."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from parity.errors import ParityError
from parity.evaluation._budget import Budget
from parity.evaluation._layer import INTEGERS, SENSELESS_HERE, computed, formula, plain
from parity.evaluation._numbers import Numbers
from parity.graph import Census, Dim, Framework, Layer, LayerGraph, Shape, Weight
from parity.kinds import (
    MAGNITUDE,
    Given,
    Stored,
    Uncomputable,
    Watched,
    begins_mask,
    hands_on,
    kind,
    looks_at_mask,
    with_lengths,
)
from parity.sizes import factored

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

SUFFIXES = ("_scale", "_zero_point")
BESIDE = {Census.RNG, Census.OPTIMIZER}
"""Classes of what a layer computes nothing with."""

NOT_REAL = "its values are complex numbers, which are computed within a model only"

OPERANDS = {"operand", "operand_1", "operand_2", "zero_point", "count", "counter", "initial_state", "initial_cell"}
"""Roles of weights that may be of whole numbers; others are scaled by numbers that the graph does not keep."""


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A layer that could not be computed: why, and the wanted values that depend on it.

    Attributes:
        layer: its path; that of an input where a value was not given.
        source: the path that a person knows it by.
        reason: what follows "it cannot be computed: ".
        outputs: the wanted values that are missing for it.
    """

    layer: str
    source: str
    reason: str
    outputs: tuple[str, ...] = ()

    @property
    def is_of_sizes(self) -> bool:
        """Whether the layer may be computed of inputs of other sizes."""
        return self.reason.startswith(SENSELESS_HERE)


@dataclass(frozen=True)
class Evaluated:
    """What has been computed.

    Attributes:
        values: the wanted ones, as far as they could be computed; real numbers in double precision.
        gaps: the layers that could not be computed and that a wanted value depends on, in the order of the graph.
    """

    values: Mapping[str, Array]
    gaps: tuple[Uncomputed, ...] = ()


def run(
    graph: LayerGraph,
    numbers: Numbers,
    inputs: Mapping[str, Array],
    *,
    wanted: Iterable[str] | None = None,
    budget: Budget | None = None,
) -> Evaluated:
    """Compute wanted values of a graph.

    Args:
        graph: with wiring, before or after any passes.
        numbers: where the arrays of its weights come from.
        inputs: values to begin with by id: the inputs of the model, or any others; what makes them is not computed.
        wanted: ids of values; by default the outputs of the model.
        budget: what may be computed at most.

    Raises:
        ParityError: a given array does not have the shape that the graph tells of the value.
    """
    import numpy as np

    ends = tuple(dict.fromkeys(graph.outputs if wanted is None else wanted))
    state = _Evaluation(graph, numbers, ends, budget or Budget())
    for name, array in inputs.items():
        state.give(name, np.asarray(array))
    with np.errstate(all="ignore"):
        for layer in state.needed(inputs):
            state.compute(layer)
    return state.result()


@dataclass
class _Evaluation:
    graph: LayerGraph
    numbers: Numbers
    ends: tuple[str, ...]
    budget: Budget
    found: dict[str, Array] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    batch: int | None = None
    users: Counter[str] = field(default_factory=Counter)
    blamed: dict[str, frozenset[str]] = field(default_factory=dict)
    reasons: dict[str, Uncomputed] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)

    def give(self, name: str, array: Array) -> None:
        """Begin with an array."""
        shape = self.graph.shape(name)
        fits = shape is None or (len(shape) == array.ndim and all(map(self._fits, shape, array.shape)))
        if not fits:
            raise ParityError(
                f"cannot evaluate from {name}", f"the graph records the shape {shape}", found=str(array.shape)
            )
        known = self.graph.values.get(name)
        if array.dtype.kind == "c" or (known is not None and (known.dtype or "").startswith("complex")):
            self._blame(name, (name,), NOT_REAL, name)
            return
        self.found[name] = plain(array)
        if name in self.graph.inputs and shape and shape[0] is None:
            self.batch = array.shape[0]

    def _fits(self, told: Dim, size: int) -> bool:
        """Whether a size is the one told; the first one for a name settles what the name means."""
        if isinstance(told, str):
            self.sizes.setdefault(told, size)
        return not isinstance(told, int) or told == size

    def needed(self, given: Mapping[str, Array]) -> list[Layer]:
        """The layers that the wanted values take, producers first."""
        producers, seen = self.graph.producers, dict[str, Layer]()
        waiting = [value for value in self.ends if value not in given]
        while waiting:
            value = waiting.pop()
            layer = producers.get(value)
            if layer is None or layer.kind == "input":
                self._blame(
                    value, (value,), "it is not given, and no layer produces it", layer.source if layer else value
                )
            elif layer.path not in seen:
                seen[layer.path] = layer
                self.users.update(layer.inputs)
                waiting += [each for each in layer.inputs if each not in given]
        return [layer for layer in self.graph.layers if layer.path in seen]

    def compute(self, layer: Layer) -> None:
        """Compute a layer, or say why not; let go of what nobody needs any more."""
        missing = [value for value in layer.inputs if value not in self.found]
        if missing:
            blame = frozenset().union(*(self.blamed.get(value, frozenset()) for value in missing))
            self.blamed |= dict.fromkeys((each for each in layer.outputs if each not in self.found), blame)
        else:
            self._computed(layer)
        for value in layer.inputs:
            self.users[value] -= 1
            if not self.users[value] and value not in self.ends:
                self.found.pop(value, None)

    def _computed(self, layer: Layer) -> None:
        try:
            made = computed(self.graph, layer, self._given(layer))
        except Uncomputable as error:
            self._blame(layer.path, layer.outputs, str(error), layer.source)
            return
        for value, array in zip(layer.outputs, made, strict=False):
            if value not in self.found and (self.users[value] or value in self.ends):
                self.found[value] = array
        self._learn(layer, made)
        rest = tuple(value for value in layer.outputs[len(made) :] if value not in self.found)
        if rest:
            self._blame(layer.path, rest, f"the kind {layer.kind} does not compute that output", layer.source)

    def _learn(self, layer: Layer, made: Sequence[Array]) -> None:
        """What sizes the names mean that come up here for the first time."""
        for value, array in zip(layer.outputs, made, strict=False):
            for told, size in zip(self.graph.shape(value) or (), array.shape, strict=False):
                if isinstance(told, str):
                    self.sizes.setdefault(told, size)

    def _given(self, layer: Layer) -> Given:
        formula(layer)
        self._hand_masks(layer)
        arrays = tuple(self.found[value] for value in layer.inputs)
        shapes = self._shapes(layer, [array.shape for array in arrays])
        for shape in shapes:
            if shape is not None and all(isinstance(size, int) for size in shape):
                self.budget.makes(prod(size for size in shape if isinstance(size, int)))
        stored = {str(each.role): self._stored(layer, each) for each in layer.weights if each.census not in BESIDE}
        framework, budget = self.graph.framework, self.budget
        held = Watched(with_lengths(stored))
        return Given(layer.attributes, arrays, shapes, held, framework, budget.spend, budget.makes)

    def _hand_masks(self, layer: Layer) -> None:
        """Follow the masks that Keras hands on beside the values."""
        if self.graph.framework is not Framework.KERAS:
            return
        masked = not self.masked.isdisjoint(layer.inputs)
        if masked and looks_at_mask(layer):
            raise Uncomputable(
                "it receives an implicit mask beside its input, which the graph does not hold as a value"
            )
        if begins_mask(layer) or (masked and hands_on(layer)):
            self.masked.update(layer.outputs)

    def _shapes(self, layer: Layer, inputs: list[Shape | None]) -> tuple[Shape | None, ...]:
        """The shapes of the outputs: what the graph tells, and what follows from the arrays that come in."""
        follow = kind(layer.kind).shape(layer.attributes, inputs)
        told = [self.graph.shape(value) for value in layer.outputs]
        rest = (*follow, *(None for _ in told[len(follow) :]))
        found = tuple(self._finest(*each) for each in zip(told, rest, strict=False))
        return found if layer.inputs else tuple(map(self._batched, found))

    def _batched(self, shape: Shape | None) -> Shape | None:
        """The shape of what comes of nothing, which has as many rows as the model is given where they may be any."""
        return (self.batch, *shape[1:]) if shape and shape[0] is None else shape

    def _finest(self, told: Shape | None, follows: Shape | None) -> Shape | None:
        if told is None or (follows is not None and len(told) != len(follows)):
            return follows
        known = tuple(self._size(size) if isinstance(size, str) else size for size in told)
        if follows is None:
            return known
        return tuple(a if isinstance(a, int) else b for a, b in zip(known, follows, strict=True))

    def _size(self, name: str) -> int | None:
        """What a name, or a product of names and numbers, comes to; None where one of them is not known."""
        found = factored(name)
        sizes = [self.sizes.get(each) for each in found.names]
        return found.number * prod(size for size in sizes if size is not None) if None not in sizes else None

    def _stored(self, layer: Layer, weight: Weight) -> Stored:
        role = weight.role
        known = role is not None and (role in kind(layer.kind).roles or role.startswith(("operand", MAGNITUDE)))
        if role is None or not (known or role.endswith(SUFFIXES)):
            raise Uncomputable(f"the role of {weight.name} in it is not known")
        whole = weight.dtype.startswith(INTEGERS) or weight.dtype.startswith("float8")
        on_grid = role.endswith(SUFFIXES) or "takes" in layer.attributes
        if whole and role not in OPERANDS and not on_grid:
            raise Uncomputable(f"its {weight.role} is stored as {weight.dtype}, without its scale")
        return Stored(plain(self.numbers.read(weight)), weight.axes)

    def _blame(self, layer: str, values: Iterable[str], reason: str, source: str) -> None:
        self.reasons[layer] = Uncomputed(layer, source, reason)
        self.blamed |= {value: frozenset((layer,)) for value in values if value not in self.found}

    def result(self) -> Evaluated:
        """What has become of the wanted values; complex ones are inside only: nothing that compares knows of them."""
        values = {value: self.found[value] for value in self.ends if value in self.found}
        for value in [value for value, array in values.items() if array.dtype.kind == "c"]:
            self.found.pop(value)
            maker = self.graph.producers[value]
            del values[value]
            self._blame(maker.path, (value,), NOT_REAL, maker.source)
        lost: dict[str, list[str]] = {}
        for value in self.ends:
            for layer in self.blamed.get(value, ()) if value not in values else ():
                lost.setdefault(layer, []).append(value)
        gaps = (
            Uncomputed(each.layer, each.source, each.reason, tuple(lost[name]))
            for name, each in self.reasons.items()
            if name in lost
        )
        return Evaluated(values, tuple(gaps))
