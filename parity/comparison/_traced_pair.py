"""Two aligned layers, and what is known of the axes of what they get and give."""

from collections.abc import Iterable
from dataclasses import dataclass

from parity.comparison._traced import Axes, Parts, Relation
from parity.graph import Dim, Layer, LayerGraph, Shape, Unknown
from parity.kinds import kind
from parity.rearrange import Form

Operand = tuple[Form, Form, Relation]
"""A value that both layers get, as either side has it."""

Forms = tuple[Form | None, Form | None]
Apart = tuple[str, str]
"""The axes along which two layers do not do the same, in words."""


Numbered = tuple[Parts, ...] | None
"""The axes that a layer numbers; None for all."""


@dataclass(frozen=True, slots=True)
class Traced:
    """The outputs of two aligned layers, as far as they are known, and what is not the same, or may not be."""

    outputs: tuple[Forms, ...]
    apart: Apart | None = None
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two aligned layers of one kind, and what they get; None for an input of which nothing is known."""

    axes: Axes
    graphs: tuple[LayerGraph, LayerGraph]
    left: Layer
    right: Layer
    operands: tuple[Operand | None, ...]

    @property
    def outputs(self) -> int:
        """How many outputs both have."""
        return min(len(self.left.outputs), len(self.right.outputs))

    def unknown(self, apart: Apart | None = None) -> Traced:
        """Nothing is known of the outputs."""
        return Traced(((None, None),) * self.outputs, apart)

    def first(self, mine: Form | None, theirs: Form | None, apart: Apart | None = None) -> Traced:
        """The first output is known, the others are not."""
        return Traced(((mine, theirs), *((None, None),) * (self.outputs - 1)), apart)

    def shapes(self, at: int = 0) -> tuple[Shape | None, Shape | None]:
        """The shapes of an output on both sides."""
        return self.graphs[0].shape(self.left.outputs[at]), self.graphs[1].shape(self.right.outputs[at])

    def said(self, left: Iterable[Parts], right: Iterable[Parts]) -> Apart:
        """Axes on both sides, in words."""
        mine, theirs = (", ".join(map(self.axes.called, each)) or "none" for each in (left, right))
        return mine, theirs

    def new(self, what: str, left: Dim, right: Dim) -> int:
        """An axis that these layers make, with its size on either side."""
        return self.axes.new(f"{what} of {self.left.source}", left, right)

    def fresh(self, at: int = 0) -> Forms:
        """An output whose axes are the same ones place by place."""
        left, right = self.shapes(at)
        if left is None or right is None or len(left) != len(right):
            return None, None
        return self.axes.started([f"axis {place} of {self.left.source}" for place in range(len(left))], left, right)

    def numbered(self, layer: Layer, form: Form) -> Numbered:
        """The axes of the first input that a layer names by number, in any of its settings."""
        settings = kind(layer.kind).attributes.items()
        given = [layer.attributes.get(name, each.default) for name, each in settings if each.is_axis]
        if layer.kind == "reduce" and None in given:
            return None
        axes = (axis for each in given for axis in (each if isinstance(each, tuple) else (each,)))
        return tuple(form[axis] for axis in axes if isinstance(axis, int) and -len(form) <= axis < len(form))
