"""What alignment hands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Pair:
    """Layers that are each other's counterpart, by path; ``why`` says what the decision rests on."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Alignment:
    """Pairs in the order of the left graph, and the layers of each side that have no counterpart.

    Attributes:
        left_repeats, right_repeats: for a layer without a counterpart that is one of several equal blocks in a row, how
            many there are; the structure does not tell which of them is the one without.
    """

    pairs: tuple[Pair, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]
    left_repeats: Mapping[str, int] = field(default_factory=dict)
    right_repeats: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def to_right(self) -> Mapping[str, str]:
        """The first counterpart of each aligned layer on the left."""
        return {path: pair.right[0] for pair in self.pairs for path in pair.left}

    @cached_property
    def to_left(self) -> Mapping[str, str]:
        """The first counterpart of each aligned layer on the right."""
        return {path: pair.left[0] for pair in self.pairs for path in pair.right}
