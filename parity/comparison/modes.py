"""The modes that models were saved in, and what a trace in evaluation mode cannot show."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.graph import ONLY_TRAINED, Evidence, Framework, Layer, LayerGraph, Mode, Unknown
from parity.kinds import kind, leaves_a_trace

MODE = "mode"

IN_MODE = frozenset(("always", "statistics"))
"""Attributes that follow from the mode that a model was saved in."""

BATCH = "batch"
"""The statistics that a norm takes in training."""

NO_TRACE_OF_TRAINING = Unknown(
    "a trace in evaluation mode does not record it",
    "compare the live model, or the settings that the models are made from",
)


def differences(view: View) -> Iterator[Difference]:
    """One for both sides, where any was saved in training mode; and what a side is known not to show of training."""
    modes = view.left.mode, view.right.mode
    if Mode.TRAINING in modes and not _done_by_both(view):
        left, right = (mode.value for mode in modes)
        yield Difference(Topic.MODE, Facet.ATTRIBUTES, None, None, MODE, left, right)
    if not (view.left.inference_only or view.right.inference_only):
        for side, graph in (("left", view.left), ("right", view.right)):
            for gap in (each for each in graph.gaps if each.where == ONLY_TRAINED):
                unknown = Unknown(gap.reason, gap.remedy)
                yield Difference(Topic.MODE, Facet.ATTRIBUTES, name=side, unknown=unknown)


def _done_by_both(view: View) -> bool:
    """Whether what makes one side a model in training mode is what the layers of the other do too, in any mode."""
    sides = [(graph, at == 0) for at, graph in enumerate((view.left, view.right)) if graph.mode is Mode.TRAINING]
    if len(sides) > 1:
        return False
    ((graph, of_left),) = sides
    found = [layer for layer in graph.layers if _in_training(layer)]
    shown = bool(found) or any(layer.kind == "region" for layer in graph.layers)  # which computes the same as it is
    return shown and all(_alike(layer, view.counterpart(layer, of_left=of_left)) for layer in found)


def _in_training(layer: Layer) -> bool:
    return bool(layer.attributes.get("always")) or layer.attributes.get("statistics") == BATCH


def _alike(layer: Layer, other: Layer | None) -> bool:
    return other is not None and all(layer.attributes.get(name) == other.attributes.get(name) for name in IN_MODE)


def cause_of_mode(view: View) -> Key | None:
    """The difference that whatever is done in one mode only follows from, where two models have different modes."""
    modes = [view.left.mode, view.right.mode]
    return (
        next((each.key for each in differences(view) if each.name == MODE), None)
        if modes.count(Mode.TRAINING) == 1
        else None
    )


def untraced(layer: Layer, other: LayerGraph) -> Unknown | None:
    """Why it says little that a model does not have what acts in training only."""
    traced = other.framework is Framework.TORCH and other.evidence is Evidence.GRAPH and not other.inference_only
    if not traced or other.mode is not Mode.EVALUATION or not kind(layer.kind).training_only:
        return None
    return None if leaves_a_trace(layer) else NO_TRACE_OF_TRAINING
