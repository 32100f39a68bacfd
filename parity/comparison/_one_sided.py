"""Layers that only one side has, whether that is certain, and which of them are gone as one block."""

from collections.abc import Collection, Iterator

from parity.comparison._blocks import told_once
from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.comparison._holes import Holes, covered, holes
from parity.comparison._output_order import only_for
from parity.comparison._unwired import may_be, shared
from parity.comparison.modes import cause_of_mode, untraced
from parity.comparison.orders import told_elsewhere
from parity.graph import Evidence, Layer, Undone, Unknown

NO_TRACE_OF_TENSORS = Unknown(
    "a file of tensors does not show layers without weights",
    "compare a file that also holds the model",
)
NO_TRACE = Unknown(
    "a pickled module does not record its wiring, nor what forward() calls as a function",
    "save the model with torch.export.save as .pt2, or compare the live model with example inputs",
)
NO_COUNT_OF_CALLS = Unknown("the other side does not record how often a layer is called", NO_TRACE.remedy)
NO_CALL = Unknown(
    "a pickled module lists it, but not whether and where forward() calls it",
    NO_TRACE.remedy,
)
INPUTS_KEY = (Topic.INPUTS.value, "", "", "")
OUTPUTS_KEY = (Topic.OUTPUTS.value, "", "", "")


def one_sided(view: View) -> Iterator[Difference]:
    """Every layer without a counterpart."""
    lefts = tuple(view.left_layers[path] for path in view.alignment.left_only)
    rights = tuple(view.right_layers[path] for path in view.alignment.right_only)
    sides = [holes(view, lefts, of_left=True), holes(view, rights, of_left=False)]
    stored = shared(view) if lefts or rights else ((), ())
    spare = only_for(view)
    found = []
    for at, (side, other) in enumerate((sides, sides[::-1])):
        theirs = view.right if side.of_left else view.left
        # What has no wiring has no inputs.
        lone = [layer for layer in side.layers if layer.kind != "input" or theirs.evidence is Evidence.GRAPH]
        causes = [(each, _cause(view, each, spare[at], of_left=side.of_left)) for each in lone]
        found.append([_told(view, each, (side, other), stored[at], cause) for each, cause in causes])
    yield from told_once(view, sides, found)


def _told(view: View, layer: Layer, sides: tuple[Holes, Holes], used: Collection[str], cause: Key | None) -> Difference:
    """What is told of a layer: that the other side lacks it, may lack it, or that it only changes the layout."""
    side, other = sides
    own, graph = (view.left, view.right) if side.of_left else (view.right, view.left)
    wired = own.evidence is Evidence.GRAPH is graph.evidence
    turned = told_elsewhere(view, layer, of_left=side.of_left) if wired else None
    if turned is not None:
        told = (f"{layer.source} only changes the layout",)
        values = (told, None) if side.of_left else (None, told)
        return Difference(Topic.WRITTEN, Facet.STRUCTURE, *turned, Undone.LAYOUT.value, *values)
    unknown = (
        _untraceable(layer, view, of_left=side.of_left)
        or may_be(layer, own, graph, other, used)
        or covered(view, layer, side, other)
        or untraced(layer, graph)
    )
    left, right = (layer, None) if side.of_left else (None, layer)
    place = side.places.get(layer.path)
    return Difference(Topic.LAYER, Facet.STRUCTURE, left, right, layer.kind, unknown=unknown, place=place, cause=cause)


def _cause(view: View, layer: Layer, spare: Collection[str], *, of_left: bool) -> Key | None:
    """What it follows from that a layer is on one side only."""
    if layer.path in spare:
        return OUTPUTS_KEY
    taken = layer.kind == "input" or _stands_for_input(view, layer, of_left=of_left)
    if taken and len(view.left.inputs) != len(view.right.inputs):
        return INPUTS_KEY
    return cause_of_mode(view) if layer.attributes.get("always") else None


def _stands_for_input(view: View, layer: Layer, *, of_left: bool) -> bool:
    """Whether a layer that takes nothing is given where the other side is given an input that this one does not have.

    A model without its optional input makes it itself, as an encoder does with the type of every token.
    """
    own, other = (view.left, view.right) if of_left else (view.right, view.left)
    if layer.inputs or own.evidence is not Evidence.GRAPH or other.evidence is not Evidence.GRAPH:
        return False
    uses = [(value, use) for value in layer.outputs for use in own.consumers.get(value, ())]
    return bool(uses) and all(_takes_lone_input(view, value, use, of_left=of_left) for value, use in uses)


def _takes_lone_input(view: View, value: str, use: Layer, *, of_left: bool) -> bool:
    """Whether the counterpart of what uses a value takes an input in its place that has no counterpart."""
    twin = view.counterpart(use, of_left=of_left)
    other, taken = (view.right, view.alignment.to_left) if of_left else (view.left, view.alignment.to_right)
    at = use.inputs.index(value)
    maker = other.producers.get(twin.inputs[at]) if twin is not None and at < len(twin.inputs) else None
    return maker is not None and maker.kind == "input" and maker.path not in taken


def _untraceable(layer: Layer, view: View, *, of_left: bool) -> Unknown | None:
    """Why it does not say much that a layer without weights, or another call of one, is on one side only."""
    own, other = (view.left, view.right) if of_left else (view.right, view.left)
    if layer.weights:
        again = other.evidence is not Evidence.GRAPH and _is_called_again(layer, view, of_left=of_left)
        return NO_COUNT_OF_CALLS if again else None
    if other.evidence is Evidence.TENSORS:
        return NO_TRACE_OF_TENSORS
    if other.evidence is not Evidence.GRAPH:
        return NO_TRACE
    return NO_CALL if own.evidence is not Evidence.GRAPH else None


def _is_called_again(layer: Layer, view: View, *, of_left: bool) -> bool:
    """Whether all its weights are those of an aligned layer too."""
    paired = {weight.storage for pair in view.pairs for weight in pair[0 if of_left else 1].weights}
    return all(weight.storage in paired for weight in layer.weights)
