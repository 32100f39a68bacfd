"""The weights of the left model put into the right one: by role, by the names of axes, by the order of rows and gates.

What a right tensor is made of is found by reading the weights of the right graph out of tensors that hold the numbers
of their own places: wherever those end up, there the number of the left belongs.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from parity.comparison import Comparison, Forms, Topic, by_role, of_parts
from parity.evaluation import ByName, Drawn, Numbers, Tensors
from parity.graph import Census, Layer, LayerGraph, SourceGraph, Weight
from parity.kinds import Uncomputable
from parity.outputs._contract import Array
from parity.outputs._elements import rearranged
from parity.outputs._places import Places, apart
from parity.transfer import ADDED, is_carried

FOLDING = {"conv", "conv_transpose", "dense"}
"""Kinds that exporters merge a batch normalisation after them into."""

UNITS = {"out", "group*multiplier"}
"""Axes of kernels with an element for each channel that they make."""

SUMMED, BIASES = {"lstm", "simple_rnn"}, {"bias", "recurrent_bias"}
"""Kinds that add up both of their biases before anything else is done with them."""

NO_WEIGHT = Weight("", (), "", Census.UNKNOWN, "")
ROWS = {"dense": "in", "lstm": "in", "gru": "in", "simple_rnn": "in", "batch_norm": "c", "layer_norm": "c"}
"""The axis of weights with an element for each of the last axis of what the layer reads."""


def is_drawn(weight: Weight) -> bool:
    """Whether a weight that a port takes from model to model is of real numbers, for which others may be drawn."""
    return is_carried(weight) and not weight.dtype.startswith(("int", "uint", "bool", "float8"))


@dataclass(frozen=True)
class Overlay(Mapping[str, Array]):
    """Tensors by name, those of another mapping before the stored ones."""

    above: Mapping[str, Array]
    below: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        """A tensor.

        Raises:
            KeyError: neither has it.
        """
        return self.above[name] if name in self.above else self.below[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is one of the name, which takes no reading."""
        return name in self.above or name in self.below

    def __iter__(self) -> Iterator[str]:
        """The names of both."""
        yield from self.above
        yield from (name for name in self.below if name not in self.above)

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)


@dataclass(frozen=True)
class _Chosen(Mapping[str, Array]):
    """Some tensors of a mapping."""

    of: Mapping[str, Array]
    names: frozenset[str]

    def __getitem__(self, name: str) -> Array:
        if name not in self.names:
            raise KeyError(name)
        return self.of[name]

    def __contains__(self, name: object) -> bool:  # Mapping's own would make the array
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Carried:
    """What the right model stores once it has the weights of the left.

    Attributes:
        tensors: by name; those that are not there stay as they are stored.
        doubts: why the right may not hold what the left does after all.
    """

    tensors: Mapping[str, Array]
    doubts: tuple[str, ...]

    def over(self, source: SourceGraph) -> Numbers:
        """The numbers of the right model."""
        return Tensors(Overlay(self.tensors, ByName(source.store)))


def drawn_over(graph: LayerGraph, source: SourceGraph, seed: int) -> Numbers:
    """The numbers of a model with all that a port carries drawn, and the rest as it is stored."""
    drawn = Drawn(graph, seed)
    names = frozenset(name for name, weight in drawn.tensors.items() if is_drawn(weight))
    return Tensors(Overlay(_Chosen(drawn.stored, names), ByName(source.store)))


def carried(
    comparison: Comparison, forms: Forms, left: Numbers, right: SourceGraph, missing: Collection[str] = ()
) -> Carried:
    """Put the weights of the left into the right.

    Args:
        comparison: of both normalised graphs.
        forms: which axis of a right value is which of a left one.
        left: the numbers of the left.
        right: the source of the right graph.
        missing: left layers that the right one lacks for certain, so that none of its weights has taken them in.
    """
    found = _Carrying(comparison, forms, left, Places.of(right), missing)
    for pair in comparison.view.pairs:
        found.layer(*pair)
    for paths, layers, side in (
        (comparison.view.alignment.left_only, comparison.view.left_layers, "left"),
        (comparison.view.alignment.right_only, comparison.view.right_layers, "right"),
    ):
        weighted = [layers[path] for path in paths if any(map(is_drawn, layers[path].weights))]
        lone = [layer for layer in weighted if layer not in found.norms.values()]
        found.doubts += [f"{layer.source} on the {side} has no counterpart" for layer in lone]
    found.doubts += [
        f"{each.layer.source}: the order of its rows is not known"
        for each in comparison.differences
        if each.topic is Topic.ROW_ORDER and (each.unknown is not None or _unfolds(comparison.view.right, each.right))
    ]
    return Carried(found.places.filled(ByName(right.store)), tuple(dict.fromkeys(found.doubts)))


def _unfolds(graph: LayerGraph, layer: Layer | None) -> bool:
    return layer is not None and len(graph.shape(layer.inputs[0]) or ()) <= 2


@dataclass
class _Carrying:
    comparison: Comparison
    forms: Forms
    left: Numbers
    places: Places
    missing: Collection[str] = ()
    doubts: list[str] = field(default_factory=list)

    @cached_property
    def norms(self) -> Mapping[str, Layer]:
        """The batch normalisation that only the left has right after a layer, by the path of that layer."""
        view, found = self.comparison.view, dict[str, Layer]()
        for path in view.alignment.left_only:
            norm = view.left_layers[path]
            maker = view.left.producers.get(norm.inputs[0]) if norm.inputs and path not in self.missing else None
            if norm.kind == "batch_norm" and maker is not None and maker.kind in FOLDING:
                alone = len(view.left.consumers[norm.inputs[0]]) == 1 and norm.inputs[0] not in view.left.outputs
                found |= {maker.path: norm} if alone else {}
        return found

    def folded(self, left: Layer, right: Layer, norm: Layer) -> None:
        """Carry a layer over as it computes together with the normalisation after it."""
        import numpy as np

        kernels, bias = (left.weight("kernel"), right.weight("kernel")), right.weight("bias")
        if kernels[0] is None or kernels[1] is None or bias is None or len(right.weights) > len(("kernel", "bias")):
            self.doubts.append(f"{norm.source} is not known to have been merged into {right.source}")
            return
        told = {str(each.role): self.left.read(each) for each in norm.weights if is_drawn(each)}
        scale = told.get("gamma", 1.0) / np.sqrt(told["moving_variance"] + norm.attributes["epsilon"])
        own = left.weight("bias")
        shift = (0.0 if own is None else self.left.read(own)) - told["moving_mean"]
        doubts = [self.places.put(bias, shift * scale + told.get("beta", 0.0))]
        kernel = self.converted(left, right, kernels[0], kernels[1], scale)
        doubts.append(kernel if isinstance(kernel, str) else self.places.put(kernels[1], kernel))
        self.doubts += [f"{right.source}: {doubt}" for doubt in doubts if doubt]

    def layer(self, left: Layer, right: Layer) -> None:
        """Carry the weights of one layer."""
        weights = (*left.weights, *right.weights)
        if not any(map(is_drawn, weights)):
            return
        if left.kind == "region" == right.kind:
            self.parts(left, right)
            return
        if left.kind != right.kind:
            self.doubts.append(f"{left.source} and {right.source} are expressed differently")
            return
        if left.path in self.norms:
            self.folded(left, right, self.norms[left.path])
            return
        for role, mine, theirs in by_role(left, right):
            try:
                doubt = self.weight(left, right, mine, theirs)
            except Uncomputable as error:
                doubt = str(error)
            if doubt:
                self.doubts.append(f"{right.source}, {role}: {doubt}")

    def parts(self, left: Layer, right: Layer) -> None:
        """Carry the weights of two parts that compute the same."""
        pairs = [*of_parts(left, right)]
        if len(pairs) < max(sum(map(is_drawn, each.weights)) for each in (left, right)):
            self.doubts.append(f"{left.source} and {right.source} are expressed differently")
            return
        for mine, theirs in pairs:
            self.places.put(theirs, self.left.read(mine))

    def weight(self, left: Layer, right: Layer, mine: Weight | None, theirs: Weight | None) -> str:
        """Carry a weight; "" or why that cannot be."""
        import numpy as np

        if left.kind in SUMMED and (mine or theirs or NO_WEIGHT).role in BIASES:
            return self.summed(left, right, theirs) if theirs is not None else self.unless_summed(right)
        if mine is not None and theirs is not None and is_drawn(mine) and is_drawn(theirs):
            found = self.converted(left, right, mine, theirs)
            return found if isinstance(found, str) else self.places.put(theirs, found)
        if not any(each is not None and is_drawn(each) for each in (mine, theirs)):
            return ""
        added = ADDED.get(str(theirs.role)) if theirs is not None else None
        if mine is None and theirs is not None and added is not None:
            return self.places.put(theirs, np.full(theirs.shape, added))
        return "only one side has such a weight"

    def summed(self, left: Layer, right: Layer, theirs: Weight) -> str:
        """The biases of a recurrent layer, of which only the sum counts: one of the right takes it all."""
        import numpy as np

        first = next(each for each in right.weights if each.role in BIASES)
        total: Array = np.zeros(theirs.shape)
        for mine in left.weights if theirs.role == first.role else ():
            if mine.role in BIASES:
                found = self.converted(left, right, mine, theirs)
                if isinstance(found, str):
                    return found
                total = total + found
        return self.places.put(theirs, total)

    def unless_summed(self, right: Layer) -> str:
        """Why a bias of the left has no place, where the right has no other that takes it."""
        return "" if BIASES & {weight.role for weight in right.weights} else "only the left has one"

    def converted(
        self, left: Layer, right: Layer, mine: Weight, theirs: Weight, scale: Array | None = None
    ) -> Array | str:
        """A weight of the left as the right one lays it out, its units scaled; or why that cannot be told."""
        import numpy as np

        stored = self.left.read(mine)
        if stored.dtype.kind == "c":
            return "it holds complex numbers"
        array = np.asarray(stored, "float64")
        if scale is not None:
            names = mine.axes.split()
            axis = next((at for at, name in enumerate(names) if name in UNITS), None)
            split = tuple(names[-2:]) == ("group", "multiplier")
            if axis is None and not split:
                return "it is not known which axis its units are"
            units = array.reshape(*array.shape[:-2], -1) if split else np.moveaxis(array, axis or 0, -1)
            array = (units * scale).reshape(array.shape) if split else np.moveaxis(units * scale, -1, axis or 0)
        if not mine.axes or not theirs.axes:
            same = mine.shape == theirs.shape and (len(mine.shape) <= 1 or mine.axes == theirs.axes)
            return array if same and left.kind != "elementwise" else "the meaning of its axes is not known"
        parts = apart(mine, theirs, left)
        if parts is None:
            return f"{mine.axes} of {mine.shape} is not {theirs.axes} of {theirs.shape}"
        names, sizes, wanted = parts
        array = array.reshape(sizes)
        for axis, name in enumerate(names):
            order = self.order(name, sizes[axis], left, right)
            if order is None:
                return f"the order along {name} is not known"
            array = array.take(order, axis)
        return array.transpose([names.index(name) for name in wanted]).reshape(theirs.shape)

    def order(self, name: str, size: int, left: Layer, right: Layer) -> Array | None:
        """The places on the left of what comes one after the other on the right; None where that is not known."""
        import numpy as np

        plain = np.arange(size)
        if name == "gate":
            orders = [str(layer.attributes.get("gate_order") or "").split() for layer in (left, right)]
            if sorted(orders[0]) != sorted(orders[1]) or len(orders[0]) != size:
                return None
            return np.asarray([orders[0].index(gate) for gate in orders[1]])
        if ROWS.get(left.kind) != name or not left.inputs or not right.inputs:
            return plain
        if left.kind in {"batch_norm", "layer_norm"} and len(self.comparison.view.left.shape(left.inputs[0]) or ()) > 2:
            return plain
        known = self.forms(left.inputs[0], right.inputs[0])
        axes = left.attributes.get("axis", -1), right.attributes.get("axis", -1)
        if known is None or not all(isinstance(axis, int) for axis in axes):
            return plain if self._one_axis(left, right) else None
        mine, theirs = known[0][axes[0]], known[1][axes[1]]
        found = rearranged(plain, (mine,), (theirs,))
        return found if found is not None else plain if self._one_axis(left, right) else None

    def _one_axis(self, left: Layer, right: Layer) -> bool:
        """Whether the last axis of what two layers read is one that nothing has been merged into."""
        values = (
            self.comparison.view.left.values.get(left.inputs[0]),
            self.comparison.view.right.values.get(right.inputs[0]),
        )
        names = [value.axes[-1] if value is not None and value.axes else None for value in values]
        return names[0] == names[1] and names[0] is not None and "*" not in names[0]
