"""What alignment hands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from parity.graph import LayerGraph


@dataclass(frozen=True, slots=True)
class Pair:
    """Layers that are each other's counterpart, by path; ``why`` says what the decision rests on."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str


class By(StrEnum):
    """What tells that an input or output is that of the other model."""

    HAND = "matched by the user"
    NAME = "the same name"
    SHAPE = "the only ones with their shape and dtype"
    LAYERS = "aligned layers"
    ORDER = "the same position"


@dataclass(frozen=True, slots=True)
class End:
    """An input or output that both models have.

    Attributes:
        left, right: its places among those of each side.
        by: what tells that it is the same one.
        named: its place means nothing to callers: they give it by its name, or take it from a dict. A file of ONNX
            names its outputs, and a session returns them in a row.
    """

    left: int
    right: int
    by: By
    named: bool = False


@dataclass(frozen=True)
class Alignment:
    """Pairs in the order of the left graph, and the layers of each side that have no counterpart.

    Attributes:
        inputs, outputs: those that both models have; all else that is said of inputs and outputs goes by these.
        left_repeats, right_repeats: for a layer without a counterpart that is one of several equal blocks in a row, how
            many there are; the structure does not tell which of them is the one without.
    """

    pairs: tuple[Pair, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]
    left_repeats: Mapping[str, int] = field(default_factory=dict)
    right_repeats: Mapping[str, int] = field(default_factory=dict)
    inputs: tuple[End, ...] = ()
    outputs: tuple[End, ...] = ()

    def ends(self, left: LayerGraph, right: LayerGraph) -> tuple[tuple[str, str], ...]:
        """The outputs that both models have, as values of the left and of the right."""
        return tuple((left.outputs[end.left], right.outputs[end.right]) for end in self.outputs)

    @cached_property
    def to_right(self) -> Mapping[str, str]:
        """The first counterpart of each aligned layer on the left."""
        return {path: pair.right[0] for pair in self.pairs for path in pair.left}

    @cached_property
    def to_left(self) -> Mapping[str, str]:
        """The first counterpart of each aligned layer on the right."""
        return {path: pair.left[0] for pair in self.pairs for path in pair.right}
