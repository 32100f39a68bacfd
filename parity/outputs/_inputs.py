"""The same inputs for both models, by meaning: which input is which, which axis is which, and what they may hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import prod
from typing import Any

from parity.adapters import as_read
from parity.comparison import View, matched_axes
from parity.errors import UsageError
from parity.evaluation import drawn_lengths, whole_numbers
from parity.graph import Dim, Framework, LayerGraph, SourceGraph, Value
from parity.graph.origin import home
from parity.outputs._contract import Array, Unmatched
from parity.outputs._elements import back
from parity.outputs._recorded import Recorded
from parity.pairing import Scale, numbers_for
from parity.sizes import contradict, factored, fit

BATCH = 2
"""Rows that are drawn where any number may be."""

LARGE = 1 << 16
"""Elements of a row above which one row is drawn."""

SIZES = (8, 32, 64)
"""Sizes of other axes that both models leave free: the smallest with which both can be computed."""

UNUSUAL = ((3, 3), (1, 1), (4, 4), (3, 1), (1, 2), (6, 6))
"""Rows, and sizes of other free axes, where a layer takes none of these: one that combines them with constants."""

MOST = 1 << 26
"""Elements of an input that is drawn."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A sort of input.

    Attributes:
        name: in words.
        scale: of normal numbers; 0 for numbers between 0 and 1, as those of an image are.
        shown: numbers that show whether two functions are the same, in place of those.
    """

    name: str
    scale: float
    shown: Scale | None = None


DRAWS = (Draw("normal", 1.0), Draw("image-like", 0.0), Draw("large", 30.0))


class Layout(Enum):
    """How the right takes the arrays of the left."""

    ALIGNED = "as the axes are aligned"
    GIVEN = "as they are"
    CHANNELS = "with the channels where its framework has them"


@dataclass(frozen=True, slots=True)
class Twin:
    """An input of both models.

    Attributes:
        left, right: ids of the values.
        order: for each axis of the left its place on the right.
        certain: the order rests on more than sizes.
    """

    left: str
    right: str
    order: tuple[int, ...]
    certain: bool

    @property
    def values(self) -> tuple[str, str]:
        """Both ids."""
        return self.left, self.right


@dataclass(frozen=True)
class Inputs:
    """Arrays for both models by value, and what they are in words."""

    left: Mapping[str, Array]
    right: Mapping[str, Array]
    said: str


@dataclass
class Twins:
    """The inputs of two models that are each other's counterpart.

    Attributes:
        view: both models.
        read: both, with inputs of as many samples as they were read for.
        pairs: the inputs.
    """

    view: View
    read: tuple[LayerGraph, LayerGraph]
    pairs: tuple[Twin, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether it is told for every input which axis is which."""
        return all(pair.certain for pair in self.pairs)

    def laid_out(self, layout: Layout) -> "Twins":
        """The same inputs with the axes of the right in another order."""
        if layout is Layout.ALIGNED:
            return self
        first = home(self.view.right) is not Framework.KERAS
        pairs = (replace(pair, order=_order(layout, len(pair.order), channels_first=first)) for pair in self.pairs)
        return replace(self, pairs=tuple(pairs))

    @property
    def is_free(self) -> bool:
        """Whether both models leave open a size other than that of the batch."""
        return any(not isinstance(size, int) for pair in self.pairs for at, size in enumerate(self._told(pair)) if at)

    @property
    def has_free_sizes(self) -> bool:
        """Whether both models leave open a size, that of the batch among them."""
        return any(not isinstance(size, int) for pair in self.pairs for size in self._told(pair))

    def _told(self, pair: Twin) -> tuple[Dim, ...]:
        """The sizes of an input, in the order of the left, as far as a side fixes them.

        Raises:
            Unmatched: the sides fix others.
        """
        mine, theirs = self.read[0].shape(pair.left) or (), self.read[1].shape(pair.right) or ()
        found: list[Dim] = []
        for axis, place in enumerate(pair.order):
            a, b = mine[axis], theirs[place]
            if not fit(a, b):
                raise Unmatched(f"the left takes {mine} for {pair.left}, and the right {theirs}")
            found.append(a if isinstance(a, int) else b if isinstance(b, int) else b or a)
        return tuple(found)

    def drawn(self, draw: Draw, seed: int, rows: int, size: int) -> Inputs:
        """Inputs for both models.

        Args:
            draw: what sort of numbers.
            seed: another one gives other numbers.
            rows: where both models leave them free.
            size: of other axes that both leave free.

        Raises:
            Unmatched: the models take other sizes, or too large ones.
        """
        import numpy as np

        names: dict[str, int] = {}
        arrays = {}
        for at, pair in enumerate(self.pairs):
            told = self._told(pair)
            rest = prod(_size(each, size, {}) for each in told[1:])
            batch = rows if rest <= LARGE else 1
            shape = tuple(_size(each, size if axis else batch, names) for axis, each in enumerate(told))
            if prod(shape) > MOST:
                raise Unmatched(
                    f"the input {pair.left} has {prod(shape):.3g} elements, and at most {MOST:.3g} are drawn"
                )
            if draw.shown is None:
                arrays[pair.left] = self._numbers(pair, shape, draw, np.random.default_rng([at, seed]))
            else:
                arrays[pair.left] = numbers_for([*self._ends(pair)], shape, pair.left, seed, draw.shown)
        return self.of_left(arrays, f"{draw.name} (seed {seed})")

    def of_left(self, arrays: Mapping[str, Array], said: str) -> Inputs:
        """Inputs for both models, of arrays as the left one takes them.

        Of one that was given for one sample, and read for several, each of these is the same.
        """
        left = {pair.left: self._as_read(pair, arrays[pair.left]) for pair in self.pairs}
        right = {pair.right: left[pair.left].transpose(back(pair.order)) for pair in self.pairs}
        return Inputs(left, right, said)

    def _as_read(self, pair: Twin, array: Array) -> Array:
        for side, axis in enumerate((0, pair.order.index(0) if pair.order else 0)):
            told = (self.view.left, self.view.right)[side].shape(pair.values[side]) or ()
            read = self.read[side].shape(pair.values[side]) or ()
            if told != read and isinstance(read[0], int) and told[0] == array.shape[axis]:
                return array.repeat(read[0], axis)
        return array

    def recorded(self, recordings: Recorded, sources: tuple[SourceGraph, SourceGraph]) -> Inputs:
        """Inputs for both models, of the recordings of one or both.

        Raises:
            UsageError: two recordings are of different inputs.
        """
        import numpy as np

        arrays: list[dict[str, Array]] = []
        for at, recording in enumerate(recordings):
            if recording is not None:
                names = sources[at].names_of_inputs
                turned = (
                    (pair.left, recording.inputs[names[(pair.left, pair.right)[at]]], pair) for pair in self.pairs
                )
                arrays.append({value: array.transpose(pair.order) if at else array for value, array, pair in turned})
        if any(not np.array_equal(arrays[0][value], array) for value, array in arrays[-1].items()):
            cause = "the two recordings are of different inputs"
            raise UsageError("cannot use the data", cause, remedy="record one of them with the inputs of the other")
        said = " and ".join(each.producer for each in recordings if each is not None)
        return self.of_left(arrays[0], f"recorded by {said}")

    def _numbers(self, pair: Twin, shape: tuple[int, ...], draw: Draw, generator: Any) -> Array:
        types = [str(graph.values[value].dtype or "float32") for graph, value in self._ends(pair)]
        if (mask := drawn_lengths(self._ends(pair), shape, generator)) is not None:
            return mask if "bool" in types else mask.astype("int64")
        if "bool" in types:
            return generator.random(shape) < 0.5  # type: ignore[no-any-return]  # a coin
        if any(each.startswith(("int", "uint")) for each in types):
            return generator.integers(*whole_numbers(self._ends(pair)), shape)  # type: ignore[no-any-return]
        if not draw.scale:
            return generator.random(shape)  # type: ignore[no-any-return]
        return draw.scale * generator.standard_normal(shape)  # type: ignore[no-any-return]

    def _ends(self, pair: Twin) -> Iterator[tuple[Any, str]]:
        yield self.view.left, pair.left
        yield self.view.right, pair.right

    def given(self, data: Any, sources: tuple[SourceGraph, SourceGraph]) -> Inputs:
        """Inputs for both models, of a person's own arrays: by the names of either side, or in the order of the left.

        Raises:
            UsageError: they are others than the models take.
        """
        names = [source.names_of_inputs for source in sources]
        wanted = ", ".join(f"{names[0][pair.left]} / {names[1][pair.right]}" for pair in self.pairs)
        listed = data if isinstance(data, list | tuple) else None
        if listed is not None and len(listed) != len(self.pairs):
            raise UsageError("cannot use the data", f"both models take {wanted}", found=f"{len(listed)} arrays")
        order = [names[0][pair.left] for pair in sorted(self.pairs, key=lambda each: self._place(each.left))]
        by_name = dict(zip(order, listed, strict=True)) if listed is not None else dict(data)
        arrays, used = {}, set()
        for pair in self.pairs:
            mine, theirs = names[0][pair.left], names[1][pair.right]
            name = mine if mine in by_name else theirs
            if name not in by_name:
                given = f"arrays called {', '.join(by_name)}" if by_name else "no arrays"
                raise UsageError("cannot use the data", f"both models take {wanted}", found=given)
            used.add(name)
            arrays[pair.left] = self._fitting(pair, by_name[name], name, (mine, theirs))
        if others := by_name.keys() - used:
            raise UsageError(
                "cannot use the data", f"both models take {wanted}", found=f"an array called {min(others)}"
            )
        return self.of_left(arrays, "given")

    def _place(self, value: str) -> int:
        return self.view.left.inputs.index(value)

    def _fitting(self, pair: Twin, array: Any, name: str, names: tuple[str, str]) -> Array:
        """An array in the order of the left.

        Raises:
            UsageError: neither side takes it like this.
        """
        import numpy as np

        found = np.asarray(array)
        if found.dtype.kind not in "fiub":
            raise UsageError(f"cannot use the data for {name}", "they are not real numbers", found=str(found.dtype))
        shapes = self.view.left.shape(pair.left) or (), self.view.right.shape(pair.right) or ()
        if name == names[0] and not contradict(shapes[0], found.shape):
            return found
        if name == names[1] and not contradict(shapes[1], found.shape):
            return found.transpose(pair.order)
        told = f"the left takes {shapes[0]}, the right {shapes[1]}"
        raise UsageError(f"cannot use the data for {name}", told, found=str(found.shape))


def _order(layout: Layout, rank: int, *, channels_first: bool) -> tuple[int, ...]:
    """For each axis of the left its place on the right."""
    if layout is Layout.GIVEN or rank <= 2:
        return tuple(range(rank))
    if channels_first:
        return (0, *range(2, rank), 1)
    return (0, rank - 1, *range(1, rank - 1))


def _size(told: Dim, free: int, names: dict[str, int]) -> int:
    """The size of an axis; of one that has a name always the same."""
    if isinstance(told, int):
        return told
    if told is None:
        return free
    product = factored(told)
    return product.number * prod(names.setdefault(each, free) for each in product.names)


def twins(view: View, sources: tuple[SourceGraph, SourceGraph]) -> Twins:
    """The inputs of both models, by what was aligned.

    Raises:
        Unmatched: an input has no counterpart, or not the same axes.
    """
    found = []
    for left, right in view.pairs:
        if left.kind == right.kind == "input":
            mine, theirs = view.left.values[left.outputs[0]], view.right.values[right.outputs[0]]
            order = matched_axes(view, mine, theirs)
            if order is None:
                raise Unmatched(f"the inputs {left.source} and {right.source} do not have the same axes")
            found.append(Twin(left.outputs[0], right.outputs[0], order, _is_certain(view, mine, theirs)))
    for side, graph, known in (
        ("left", view.left, {each.left for each in found}),
        ("right", view.right, {each.right for each in found}),
    ):
        lone = [value for value in graph.inputs if value not in known]
        if lone:
            raise Unmatched(f"the input {lone[0]} of the {side} has no counterpart")
    return Twins(view, (as_read(view.left, sources[0]), as_read(view.right, sources[1])), tuple(found))


def _is_certain(view: View, left: Value, right: Value) -> bool:
    """Whether the axes are told by more than their sizes, or the sizes leave no choice."""
    shape = left.shape or ()
    if home(view.left) is home(view.right) or len(shape) <= 2:
        return True
    named = None not in (left.axes or (None,)) and sorted(map(str, left.axes or ())) == sorted(
        map(str, right.axes or ())
    )
    sizes = shape[1:]
    return named or (None not in sizes and len(set(sizes)) == len(sizes))
