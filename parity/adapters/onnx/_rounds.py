"""What is computed of sizes makes other sizes known: inference and resolution, turn by turn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parity.adapters.onnx._branches import with_branches
from parity.adapters.onnx._free_sizes import settled
from parity.adapters.onnx._loops import with_turns
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._sequences import with_ranges
from parity.adapters.onnx._shapes import values
from parity.adapters.onnx._sizes import Sizes
from parity.graph import Gap

MOST_STEPS = 20_000
"""So many nodes in all are looked at again when sizes become known; each round finds those that one reshape hid."""

MOST_TURNS = 8
"""Branches within branches whose conditions follow from sizes that are left free."""

Resolved = tuple[Resolution, list[Step], tuple[Gap, ...]]


def resolved(
    model: Any, steps: Sequence[Step], resolution: Resolution, sizes: Sizes, gaps: tuple[Gap, ...]
) -> Resolved:
    """What is known of the graph, the nodes that are left, and what could not be inferred.

    Args:
        model: the protobuf; it is not changed.
        steps: the nodes that compute.
        resolution: what is known before, of which the inventory is filled.
        sizes: what free sizes are.
        gaps: what could not be inferred before.
    """
    left = list(steps)
    rounds = max(1, MOST_STEPS // max(len(left), 1))
    for _ in range(MOST_TURNS):
        before, left = left, _opened(resolution.resolve(left), resolution)
        while rounds and not _same(left, before) and _is_open(left, resolution):
            found, gaps = values(model, left, resolution.stored.constants, sizes)  # computed sizes are known now
            resolution = replace(resolution, values=found)
            before, left, rounds = left, _opened(resolution.resolve(left), resolution), rounds - 1
        resolution = settled(model, left, resolution)
        before = resolution.resolve(left)
        left = _opened(before, resolution)
        if _same(left, before):
            break
        found, gaps = values(model, left, resolution.stored.constants, sizes)
        resolution = replace(resolution, values=found)
    return resolution, left, gaps


def _opened(steps: Sequence[Step], resolution: Resolution) -> list[Step]:
    """The nodes, without those that what is known now has others stand for."""
    return with_ranges(with_turns(with_branches(steps, resolution), resolution), resolution)


def _is_open(steps: Sequence[Step], resolution: Resolution) -> bool:
    """Whether the size of something is not known that a node makes."""
    found = (resolution.values.get(name) for step in steps for name in step.made)
    return any(value is None or None in (value.shape or (None,)) for value in found)


def _same(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    return [(each.inputs, each.outputs) for each in steps] == [(each.inputs, each.outputs) for each in others]
