"""Models as plain data: what is drawn at random, changed, rewritten, reduced and written as source text."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


class Refused(Exception):
    """The framework takes no such model."""


class Unfit(Exception):
    """An operator finds nothing among the values to work on."""


@dataclass(frozen=True)
class Const:
    """A stored tensor: numbers that are part of the program, or a weight that is drawn from its seed."""

    dtype: str
    shape: tuple[int, ...]
    values: tuple[Any, ...] | None = None
    seed: int = 0
    how: str = "normal"
    place: str = "initializer"

    @property
    def is_weight(self) -> bool:
        """Whether nobody compares its values."""
        return self.values is None

    def array(self) -> np.ndarray:
        """Its elements."""
        if self.values is not None:
            return np.array(self.values, self.dtype).reshape(self.shape)
        return drawn(self.shape, self.dtype, self.seed, self.how)


def drawn(shape: tuple[int, ...], dtype: str, seed: int, how: str) -> np.ndarray:
    """Weights of a seed: ``positive`` for what is divided by or a variance, ``small`` for integers that are indices."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, 4, shape).astype(dtype)
    if np.dtype(dtype).kind == "b":
        return rng.random(shape) < 0.5
    numbers = rng.random(shape) + 0.5 if how == "positive" else rng.standard_normal(shape) * 0.7
    return numbers.astype(dtype)


@dataclass(frozen=True)
class Input:
    """What the caller gives: a tensor of floats, of indices below a bound, or of truth values."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    free: tuple[int, ...] = ()
    below: int = 0


Operand = str | Const | None


@dataclass(frozen=True)
class Node:
    """A call: operands by place, settings by name."""

    id: int
    op: str
    inputs: tuple[Operand, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: int = 1
    seed: int = 0

    def names(self) -> tuple[str, ...]:
        """Of the values that it gives."""
        return tuple(output(self.id, at) for at in range(self.outputs))

    def values(self) -> tuple[str, ...]:
        """The values that it reads."""
        return tuple(each for each in self.inputs if isinstance(each, str))

    def weights(self) -> tuple[Const, ...]:
        """Its stored tensors that nobody compares."""
        return tuple(each for each in self.inputs if isinstance(each, Const) and each.is_weight)

    def having(self, **settings: Any) -> "Node":
        """The call with other settings; None takes one away."""
        kept = {name: value for name, value in {**self.settings, **settings}.items() if value is not None}
        return replace(self, settings=kept)

    def reading(self, at: int, operand: Operand) -> "Node":
        """The call with another operand."""
        inputs = list(self.inputs) + [None] * (at + 1 - len(self.inputs))
        inputs[at] = operand
        return replace(self, inputs=tuple(inputs))

    def renamed(self, names: Mapping[str, str]) -> "Node":
        """The call reading other values."""
        return replace(
            self, inputs=tuple(names.get(each, each) if isinstance(each, str) else each for each in self.inputs)
        )


def output(identity: int, at: int = 0) -> str:
    """The name of a value that a call gives."""
    return f"n{identity}_{at}" if at else f"n{identity}"


def draws_lots(node: Node) -> bool:
    """Whether a call drops or disturbs elements at random, at least in training."""
    return any(word in node.op.lower() for word in ("drop", "noise"))


@dataclass(frozen=True)
class Program:
    """A model: inputs, calls in an order in which they can be made, outputs."""

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def next_id(self) -> int:
        """A number that no call has."""
        return max((node.id for node in self.nodes), default=0) + 1

    def node(self, identity: int) -> Node | None:
        """The call of a number."""
        return next((node for node in self.nodes if node.id == identity), None)

    def replaced(self, new: Node) -> "Program":
        """With another call in the place of the one of its number."""
        return replace(self, nodes=tuple(new if node.id == new.id else node for node in self.nodes))

    def agreed(self, node: Node) -> "Program":
        """With the settings of a call at all calls of its layer."""
        program = self.replaced(node)
        for other in self.nodes:
            if other.seed == node.seed and other.op == node.op and other.id != node.id:
                program = program.replaced(replace(other, settings=node.settings))
        return program

    def inserted(self, at: int, nodes: Iterable[Node]) -> "Program":
        """With more calls before a place."""
        return replace(self, nodes=(*self.nodes[:at], *nodes, *self.nodes[at:]))

    def rewired(self, names: Mapping[str, str], after: int = -1) -> "Program":
        """With other values read by the calls after a place, and given by the model."""
        nodes = tuple(node.renamed(names) if at > after else node for at, node in enumerate(self.nodes))
        return replace(self, nodes=nodes, outputs=tuple(names.get(each, each) for each in self.outputs))

    def alive(self) -> "Program":
        """Without calls and inputs that no output needs."""
        needed, kept = set(self.outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.names()):
                needed.update(node.values())
                kept.append(node)
        inputs = tuple(each for each in self.inputs if each.name in needed)
        return replace(self, nodes=tuple(reversed(kept)), inputs=inputs)

    def option(self, **options: Any) -> "Program":
        """With other options of the file."""
        return replace(self, options={**self.options, **options})


@dataclass(frozen=True)
class Pair:
    """Two models, and how the second comes of the first."""

    left: Program
    right: Program
    kind: str
    """``copy``, ``rewriting`` or ``change``"""
    label: str = ""
    profile: str | None = None
    known: str = ""
    """What is true of them where no numbers tell it: settings of training."""

    def sides(self) -> Iterator[Program]:
        """Both."""
        yield self.left
        yield self.right

    def both(self, edit: Callable[[Program], Program]) -> "Pair":
        """The pair with the same done to each side."""
        return replace(self, left=edit(self.left), right=edit(self.right))
