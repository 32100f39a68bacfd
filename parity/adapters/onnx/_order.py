"""Nodes in an order in which producers come before consumers, with every name accounted for."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parity.adapters.onnx._tensors import text
from parity.errors import UnreadableModel

GRAPH_ATTRIBUTE, GRAPHS_ATTRIBUTE = 5, 10
"""``AttributeProto.AttributeType``."""


@dataclass(frozen=True)
class Step:
    """A node with its names as text.

    Attributes:
        captured: names of the outer graph that the node's own graphs (bodies of If, Loop, Scan) use.
    """

    proto: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    captured: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """All that must be there before it."""
        return tuple(name for name in (*self.inputs, *self.captured) if name)

    @property
    def made(self) -> tuple[str, ...]:
        """The outputs that have a name."""
        return tuple(filter(None, self.outputs))


def ordered(nodes: Iterable[Any], given: Iterable[str], source: str) -> list[Step]:
    """The nodes, producers first; the file's own order where that is one.

    Raises:
        UnreadableModel: a value is produced twice, comes from nowhere or depends on itself.
    """
    steps = [step_of(node) for node in nodes]
    known = set(given)
    producers: dict[str, int] = {}
    for index, step in enumerate(steps):
        for name in filter(None, step.outputs):
            if name in producers or name in known:
                raise UnreadableModel(source, "two nodes or tensors produce the same value", found=name)
            producers[name] = index
    for step in steps:
        for name in step.needs:
            if name not in known and name not in producers:
                raise UnreadableModel(source, f"a node {_called(step)} uses a value that nothing produces", found=name)
    return _sorted(steps, producers, source)


def subgraphs(node: Any) -> list[Any]:
    """The graphs that a node holds."""
    found = [each.g for each in node.attribute if each.type == GRAPH_ATTRIBUTE]
    return found + [graph for each in node.attribute if each.type == GRAPHS_ATTRIBUTE for graph in each.graphs]


def step_of(node: Any) -> Step:
    """A node with its names."""
    captured: dict[str, None] = {}
    for graph in subgraphs(node):
        captured.update(dict.fromkeys(_captures(graph)))
    inputs = tuple(text(name) for name in node.input)
    return Step(node, inputs, tuple(text(name) for name in node.output), tuple(captured))


def _captures(graph: Any) -> list[str]:
    own = {text(each.name) for each in (*graph.input, *graph.initializer)}
    own |= {text(each.values.name) for each in graph.sparse_initializer}
    own |= {text(name) for node in graph.node for name in node.output}
    used = [text(name) for node in graph.node for name in node.input]
    used += [name for node in graph.node for inner in subgraphs(node) for name in _captures(inner)]
    used += [text(each.name) for each in graph.output]
    return [name for name in used if name and name not in own]


def _sorted(steps: Sequence[Step], producers: dict[str, int], source: str) -> list[Step]:
    waiting = [{producers[name] for name in step.needs if name in producers} for step in steps]
    if all(max(needs, default=-1) < index for index, needs in enumerate(waiting)):
        return list(steps)
    users: dict[int, list[int]] = {}
    for index, needs in enumerate(waiting):
        for producer in needs:
            users.setdefault(producer, []).append(index)
    ready = [index for index, needs in enumerate(waiting) if not needs]
    done: list[Step] = []
    while ready:
        index = heapq.heappop(ready)
        done.append(steps[index])
        for user in users.get(index, ()):
            waiting[user].discard(index)
            if not waiting[user]:
                heapq.heappush(ready, user)
    if len(done) < len(steps):
        stuck = next(index for index, needs in enumerate(waiting) if needs)
        raise UnreadableModel(source, "the graph has a cycle", found=f"a node {_called(steps[stuck])}")
    return done


def _called(step: Step) -> str:
    name = text(step.proto.name)
    return f"{text(step.proto.op_type)} named {name!r}" if name else text(step.proto.op_type)
