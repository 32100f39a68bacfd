"""What comparison hands on: differences, each of one topic, and the view of both graphs that they were found in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from parity.alignment import Alignment
from parity.graph import Layer, LayerGraph, Unknown, Value


class Facet(StrEnum):
    """What can be compared."""

    STRUCTURE = "structure"
    SHAPES = "shapes"
    COUNTS = "counts"
    ATTRIBUTES = "attributes"
    WEIGHTS = "weights"
    OUTPUTS = "outputs"


class Topic(StrEnum):
    """What differs."""

    LAYER = "layer on one side only"
    LAYER_WEIGHTS = "weights of a layer on one side only"
    WIRING = "a layer whose input comes from elsewhere"
    INPUTS = "number of inputs"
    INPUT_ORDER = "an input at another position"
    OUTPUTS = "an output on one side only"
    OUTPUT_ORDER = "outputs in another order"
    LEFT_OUT = "outputs that were left out"
    OPAQUE = "an unsupported layer"
    MODE = "the mode that a model was saved in"
    EVIDENCE = "a facet that a source does not record"
    GAP = "a part of a source that could not be read"
    INPUT_SHAPE = "shape of an input"
    FREE_SIZE = "a size that only one side leaves free"
    SHAPE = "shape of a layer's output"
    ROW_ORDER = "order in which a merged axis runs"
    AXES = "axes along which a layer works, or an output runs"
    ATTRIBUTE = "attribute"
    WEIGHT = "weight on one side only"
    WEIGHT_SHAPE = "sizes of a weight"
    DTYPE = "dtype of a weight"
    GRID = "the grid that values are rounded to"
    NUMBER_TYPE = "dtype of an input or output"
    PRECISION = "dtype that a layer computes in"
    LAYOUT = "order of a weight's axes"
    COUNTED = "a weight that only one framework's headline counts"
    CENSUS = "class of a weight"
    TRAINABILITY = "a class that the source does not record"
    REMAINDER = "elements that no difference accounts for"
    TIE = "a weight that is shared on one side only"
    WRITTEN = "a layer that one side expresses differently"
    COMPUTED = "a result that one side stores"
    UNCOUNTED = "stored elements that no headline counts"
    INPUT_LAYOUT = "order of the axes of inputs and outputs"
    CONVENTION = "a convention of a framework"
    VALUES = "values of a weight"
    OUTPUT = "values of an output"
    CONTRADICTION = "outputs that no finding accounts for"
    EXTENSION = "an extension of parity that was not loaded"
    HELD = "initializer, regularizer or constraint of a weight"


Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same, or that cannot be compared.

    Attributes:
        left, right: the layers; None where a side has none.
        place: for a layer on one side only, the aligned layer of the other side that it would follow.
        instead: for the same, the layer that the other side has at its place.
        name: the attribute, weight role or axis.
        delta: what it adds to the right headline total over the left one, in elements.
        by_class: what it adds to each class of stored elements, counted by a headline or not.
        unknown: why it cannot be decided, if it cannot.
        cause: key of the difference that this one follows from.
        unseen: no output differs by it at the size of input that both models are given.
    """

    topic: Topic
    facet: Facet
    left: Layer | None = None
    right: Layer | None = None
    name: str = ""
    left_value: Any = None
    right_value: Any = None
    delta: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    unknown: Unknown | None = None
    place: Layer | None = None
    instead: Layer | None = None
    cause: Key | None = None
    unseen: bool = False

    @property
    def key(self) -> Key:
        """Identity of the difference within a comparison."""
        return (self.topic.value, self.left.path if self.left else "", self.right.path if self.right else "", self.name)

    @property
    def layer(self) -> Layer:
        """The left layer, or the right one where only the right side has it."""
        found = self.left or self.right
        if found is None:
            raise ValueError(f"the difference {self.key} is of no layer")
        return found


@dataclass(frozen=True)
class View:
    """Both graphs and who is whose counterpart."""

    left: LayerGraph
    right: LayerGraph
    alignment: Alignment

    @cached_property
    def left_layers(self) -> dict[str, Layer]:
        """Layers of the left graph by path."""
        return {layer.path: layer for layer in self.left.layers}

    @cached_property
    def right_layers(self) -> dict[str, Layer]:
        """Layers of the right graph by path."""
        return {layer.path: layer for layer in self.right.layers}

    @cached_property
    def pairs(self) -> tuple[tuple[Layer, Layer], ...]:
        """Aligned layers, in the order of the left graph."""
        return tuple(
            (self.left_layers[pair.left[0]], self.right_layers[pair.right[0]]) for pair in self.alignment.pairs
        )

    @cached_property
    def inputs(self) -> tuple[tuple[Value, Value], ...]:
        """The inputs that both models take, as values of the left and of the right."""
        found = (pair for pair in self.pairs if pair[0].kind == pair[1].kind == "input")
        return tuple((self.left.values[a.outputs[0]], self.right.values[b.outputs[0]]) for a, b in found)

    @cached_property
    def ends(self) -> tuple[tuple[str, str], ...]:
        """The outputs that both models have, as values of the left and of the right."""
        return self.alignment.ends(self.left, self.right)

    @cached_property
    def lone_outputs(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The places of the outputs that only the left has, and of those that only the right has."""
        taken = {end.left for end in self.alignment.outputs}, {end.right for end in self.alignment.outputs}
        return (
            tuple(at for at in range(len(self.left.outputs)) if at not in taken[0]),
            tuple(at for at in range(len(self.right.outputs)) if at not in taken[1]),
        )

    @cached_property
    def uncalled(self) -> dict[str, tuple[Layer, ...]]:
        """For each layer that no call uses, by path, all layers of the outermost module of which nothing is called."""
        return {**_uncalled(self.left), **_uncalled(self.right)}

    def counterpart(self, layer: Layer, *, of_left: bool) -> Layer | None:
        """The layer of the other side that is aligned with the given one."""
        if of_left:
            path = self.alignment.to_right.get(layer.path)
            return self.right_layers[path] if path is not None else None
        path = self.alignment.to_left.get(layer.path)
        return self.left_layers[path] if path is not None else None


def _uncalled(graph: LayerGraph) -> dict[str, tuple[Layer, ...]]:
    called = {module for layer in graph.layers if layer.kind != "unused" for module in _modules(layer)}
    inside: dict[str, list[Layer]] = {}
    for layer in graph.layers:
        idle = [each for each in _modules(layer) if each not in called] if layer.kind == "unused" else []
        if idle:
            inside.setdefault(idle[0], []).append(layer)
    return {layer.path: tuple(layers) for layers in inside.values() for layer in layers}


def _modules(layer: Layer) -> list[str]:
    """The modules around a layer, the outermost first."""
    parts = layer.source.replace("/", ".").split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def foreign(left: Layer, right: Layer) -> bool:
    """Whether two aligned layers are different unsupported operators, of which nothing else can be said."""
    return left.kind == "opaque" and left.attributes.get("operator") != right.attributes.get("operator")


@dataclass(frozen=True)
class Comparison:
    """All differences of two graphs."""

    view: View
    differences: tuple[Difference, ...]
