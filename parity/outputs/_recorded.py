"""A recording of a model's own framework in the place of what parity computes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.errors import UsageError
from parity.evaluation import Budget, Evaluated, Numbers, run
from parity.graph import LayerGraph, Shape, SourceGraph
from parity.outputs._contract import Array, FrameworkNumerics
from parity.outputs._elements import error
from parity.recordings import Recording, digest, weights_digest
from parity.sizes import contradict

Recorded = tuple[Recording | None, Recording | None]
NOTHING_RECORDED: Recorded = (None, None)

ALIKE = 0.1
"""Up to this relative error a recorded array is the value that a pass has left under the same id: one that it has laid
out in another way is further off, and what a framework rounds is less."""


def recordings_of(data: Any) -> tuple[Recording, ...]:
    """The recordings that are given as data; none where they are plain arrays.

    Raises:
        UsageError: it is some of both.
    """
    listed = data if isinstance(data, list | tuple) else [data]
    found = tuple(each for each in listed if isinstance(each, Recording))
    if found and len(found) < len(listed):
        raise UsageError("cannot use the data", "a recording brings its own inputs", remedy="give recordings only")
    return found


def by_side(recordings: Sequence[Recording], sources: tuple[SourceGraph, SourceGraph]) -> Recorded:
    """Each recording on the side of the model that it is of.

    Raises:
        UsageError: it is of neither, or of one that has one already.
    """
    known = [digest(source) for source in sources] if recordings else []
    found: list[Recording | None] = [None, None]
    for each in recordings:
        sides = [at for at in range(2) if known[at] == each.digest]
        free = [at for at in sides if found[at] is None]
        if not free:
            names = f"{sources[0].source!r} nor of {sources[1].source!r}"
            cause = "there are two of one model" if sides else f"it is neither a recording of {names}"
            raise UsageError(f"cannot use the recording of {each.model!r}", cause, remedy="record the model again")
        stored = weights_digest(sources[free[0]])
        if each.weights and stored and each.weights != stored:
            cause = f"{sources[free[0]].source!r} has other weights now"
            raise UsageError(f"cannot use the recording of {each.model!r}", cause, remedy="record the model again")
        found[free[0]] = _sound(each, sources[free[0]])
    return found[0], found[1]


def _sound(recording: Recording, source: SourceGraph) -> Recording:
    """A recording that has all inputs, and these and the outputs in shapes that the model gives.

    Raises:
        UsageError: it is none: somebody has changed the file.
    """
    known = {name: recording.inputs.get(name) for name in source.names_of_inputs.values()}
    ends = {value: recording.values.get(value) for value in source.outputs}
    told = {name: source.values[value].shape for value, name in source.names_of_inputs.items()}
    told |= {value: source.values[value].shape for value in source.outputs}
    for name, array in (*known.items(), *ends.items()):
        if array is None and name in known:
            cause = f"it lacks the input {name}"
            raise UsageError(f"cannot use the recording of {recording.model!r}", cause, remedy="record the model again")
        if array is not None and not _fits(told[name], array):
            cause, found = f"{name} is {told[name]} in the model", str(array.shape)
            raise UsageError(f"cannot use the recording of {recording.model!r}", cause, found=found)
    return recording


def evaluated(
    graph: LayerGraph,
    numbers: Numbers,
    inputs: Mapping[str, Array],
    recording: Recording | None,
    *,
    wanted: Sequence[str] | None = None,
    budget: Budget | None = None,
) -> Evaluated:
    """What a graph computes, with what is recorded in its place; what has no formula is begun again behind.

    Raises:
        ParityError: an array does not have the shape that the graph tells.
    """
    budget = budget or Budget()
    found = run(graph, numbers, inputs, wanted=wanted, budget=budget)
    if recording is None:
        return found
    given = dict(inputs)
    while more := _behind(graph, found, recording, given):
        given |= more
        found = run(graph, numbers, given, wanted=wanted, budget=budget)
    ends = {*graph.outputs}
    own = {name: recording.values[name] for name in found.values if name in recording.values}
    own |= {name: recording.values[name] for name in ends if name in recording.values}
    stands = {name: array for name, array in own.items() if name in ends or _alike(found.values[name], array)}
    return replace(found, values={**found.values, **stands}, gaps=_left(found, stands))


def _left(found: Evaluated, stands: Mapping[str, Array]) -> tuple[Any, ...]:
    left = (replace(gap, outputs=tuple(each for each in gap.outputs if each not in stands)) for gap in found.gaps)
    return tuple(gap for gap in left if gap.outputs)


def _behind(graph: LayerGraph, found: Evaluated, recording: Recording, given: Mapping[str, Array]) -> dict[str, Array]:
    """What layers made that could not be computed, as far as it is recorded."""
    layers = {layer.path: layer for layer in graph.layers}
    values = (value for gap in found.gaps if gap.layer in layers for value in layers[gap.layer].outputs)
    known = {value: graph.shape(value) for value in values if value in recording.values and value not in given}
    return {value: recording.values[value] for value, shape in known.items() if _fits(shape, recording.values[value])}


def _fits(shape: Shape | None, array: Array) -> bool:
    return shape is None or not contradict(shape, array.shape)


def _alike(computed: Array, recorded: Array) -> bool:
    return error(computed, recorded).rel_l2 <= ALIKE


def numerics(
    side: str, graph: LayerGraph, numbers: Numbers, inputs: Mapping[str, Array], recording: Recording
) -> FrameworkNumerics:
    """How far a framework is from exact arithmetic: at the outputs, and where it is furthest.

    Args:
        side: ``left`` or ``right``.
        graph: as it was translated.
        numbers: its weights.
        inputs: those of the recording.
        recording: what the framework computed.
    """
    rows = {value: layer.source for layer in graph.layers for value in layer.outputs}
    wanted = list(dict.fromkeys([*graph.outputs, *(value for value in recording.values if value in rows)]))
    found = run(graph, numbers, inputs, wanted=wanted)
    errors = {
        value: error(array, recording.values[value]).rel_l2
        for value, array in found.values.items()
        if value in recording.values
    }
    ends = [errors[value] for value in graph.outputs if value in errors]
    worst = max(errors, key=lambda value: errors[value], default="")
    whole = max(ends) if ends else None
    return FrameworkNumerics(side, recording.producer, whole, rows.get(worst, worst), errors.get(worst), len(errors))
