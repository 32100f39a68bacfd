"""Loops that are known to run so many times: the nodes of each turn stand in the place of ``Loop``.

TensorFlow's layers that go through a sequence step by step are exported so: a counter, and no early end.
https://onnx.ai/onnx/operators/onnx__Loop.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.adapters.onnx._inlined import handed_on, inlined, made_names, store, stored_names
from parity.adapters.onnx._order import Step, step_of
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._tensors import text

MOST_NODES = 256
"""Of all turns of a loop, which can be compared as a function then; longer ones stay as they are."""

MOST_OF_CELLS = 4096
"""The same where the body is a cell of a recurrent layer, whose turns are that layer again."""

CELLS = frozenset(
    [
        *("MatMul", "Gemm", "Add", "Sub", "Mul", "Sigmoid", "Tanh", "Relu", "Selu", "Softplus", "Softsign"),
        *("Split", "Slice", "Gather", "Squeeze", "Unsqueeze", "Identity", "Constant", "Cast", "Less", "And"),
    ]
)
"""Operators of plain cells: products, sums, functions without settings, parts of them, and the counter."""

CHOOSING = frozenset({"Not", "Where"})
"""By these a turn keeps the state of the one before where a mask says so; tf2onnx writes a choice as two products."""

MOST_STEPS = 20_000
"""Nodes of a graph beyond which no loop is unrolled: those in loops multiply."""

AXES_GIVEN = 13
"""The operator set from which on ``Unsqueeze`` takes its axes as an input."""


def with_turns(steps: Sequence[Step], resolution: Resolution) -> list[Step]:
    """The nodes, with those of all turns of the loops whose number of turns is known."""
    found: list[Step] = []
    for step in steps:
        turns = _turns(step, resolution) if len(found) < MOST_STEPS else None
        found += [step] if turns is None else turns
    return found


def _turns(step: Step, resolution: Resolution) -> list[Step] | None:
    """The nodes of all turns; None where it is not known how many there are."""
    slots = resolution.slots
    if text(step.proto.op_type) != "Loop" or slots.domain(step.proto) or slots.is_function(step.proto):
        return None
    body = next((each.g for each in step.proto.attribute if text(each.name) == "body"), None)
    most, condition, *states = step.inputs if len(step.inputs) > 1 else ("", "")
    count = resolution.number(most) if most else None
    if body is None or count is None or not 0 < count * max(len(body.node), 1) <= _most(body):
        return None
    if not _fits(step, body, len(states)) or (condition and not resolution.number(condition)):
        return None
    loop = _Loop(step, body, resolution)
    tried = resolution.copy()
    store(body, loop.stored, tried.stored)
    conditions = [turn.condition for turn in loop.unrolled(count, condition, states, tried)][: count - 1]
    tried.resolve(loop.steps)
    if not all(tried.number(each) for each in conditions):
        return None
    store(body, loop.stored, resolution.stored)
    resolution.stored.spent.update(filter(None, (most, condition)))
    return loop.written(loop.unrolled(count, condition, states, resolution))


def _most(body: Any) -> int:
    """How many nodes all turns may have; none where steps are skipped, which no layer with a mask says in nodes."""
    found = {text(node.op_type) for node in body.node}
    return 0 if found & CHOOSING else MOST_OF_CELLS if found <= CELLS else MOST_NODES


def _fits(step: Step, body: Any, states: int) -> bool:
    """Whether a body takes and gives what a loop of so many states does, and all of it can be read."""
    given = len(body.input) == states + 2 and len(body.output) > states and not len(body.sparse_initializer)
    return given and 0 < len(step.made) <= len(step.outputs) < len(body.output)


@dataclass(frozen=True)
class _Turn:
    """What a turn gives: whether there is another one, the states, and what is collected of it."""

    condition: str
    states: Sequence[str]
    collected: Sequence[str]


@dataclass
class _Loop:
    """A loop that is unrolled.

    Attributes:
        stored: the names outside of it of what its body stores.
        steps: the nodes of all turns.
    """

    step: Step
    body: Any
    resolution: Resolution
    steps: list[Step] = field(default_factory=list)
    stored: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.step.made[0]
        constants = {text(name) for node in self.body.node if node.op_type == "Constant" for name in node.output}
        self.stored = stored_names(self.body, self.path) | {name: f"{self.path}/{name}" for name in constants}

    def unrolled(self, count: int, condition: str, states: Sequence[str], resolution: Resolution) -> list[_Turn]:
        """What each turn gives, one after the other; the nodes of all are kept."""
        self.steps = []
        turns = [_Turn(condition, states, ())]
        for at in range(count):
            turns.append(self._turn(at, turns[-1], resolution))
        return turns[1:]

    def _turn(self, at: int, before: _Turn, resolution: Resolution) -> _Turn:
        path = f"{self.path}/{at}"
        counter, condition = f"{path}:turn", before.condition or f"{path}:goes-on"
        resolution.enter(counter, at)
        if not before.condition:
            resolution.enter(condition, 1, "bool")
        formal = (text(each.name) for each in self.body.input)
        given = dict(zip(formal, (counter, condition, *before.states), strict=True))
        names = made_names(self.body, path) | self.stored | given
        self.steps += inlined(self.body, names, resolution.stored)
        goes_on, *made = (names.get(text(each.name), text(each.name)) for each in self.body.output)
        return _Turn(goes_on, made[: len(before.states)], made[len(before.states) :])

    def written(self, turns: Sequence[_Turn]) -> list[Step]:
        """The nodes, with those that give the last states, and what is collected of all turns, as the loop does."""
        last = turns[-1].states
        found = [
            handed_on(self.step, given, output)
            for given, output in zip(last, self.step.outputs, strict=False)
            if output
        ]
        for at, output in enumerate(self.step.outputs[len(last) :]):
            if output:
                found += self._collected([turn.collected[at] for turn in turns], output)
        return [*self.steps, *found]

    def _collected(self, values: Sequence[str], output: str) -> list[Step]:
        """The nodes that put values one behind the other along a new first axis."""
        from onnx import helper

        name, axes = self.step.proto.name, f"{output}:axes"
        rows = [f"{output}:{at}" for at in range(len(values))]
        self.resolution.enter(axes, [0])
        old = (self.resolution.slots.opset("") or AXES_GIVEN) < AXES_GIVEN
        nodes = [
            helper.make_node("Unsqueeze", [value] if old else [value, axes], [row], name, axes=[0] if old else None)
            for value, row in zip(values, rows, strict=True)
        ]
        return [step_of(node) for node in (*nodes, helper.make_node("Concat", rows, [output], name, axis=0))]
