"""Rows that run in another order, and the weights that can be put in that order to make up for it."""

from parity.comparison._contract import Difference, Facet, Topic
from parity.graph import Layer, LayerGraph, Unknown

ROWS, ELEMENTS = "rows", "elements"
"""What a difference is called: weights that read the rows can make up for it, or nothing does."""

PARTS_UNKNOWN = Unknown(
    "the elements are in another order, and the layers that use them are not known to compensate for it",
    "compare the outputs of both models",
)

SAME_FOR_ANY_ORDER = {
    "activation",
    "batch_norm",
    "dropout",
    "elementwise",
    "gaussian_noise",
    "layer_norm",
    "prelu",
    "rms_norm",
    "unit_norm",
}
"""Kinds that treat the elements of the last axis alike, or have a weight for each that can be put in their order."""

READS_ROWS = {"dense", "lstm", "gru", "simple_rnn"}
"""Kinds with a row of weights for each element of the last axis."""


def in_other_rows(left: Layer, right: Layer, a: str, b: str, *, made_up: bool | None) -> Difference:
    """Two merged axes that run in other orders, and whether weights make up for that, if it is known."""
    name = ELEMENTS if made_up is False else ROWS
    unknown = PARTS_UNKNOWN if made_up is None else None
    return Difference(Topic.ROW_ORDER, Facet.SHAPES, left, right, name, a, b, unknown=unknown)


def absorbed_by_weights(graph: LayerGraph, layer: Layer) -> bool | None:
    """Whether weights with a row for each element of the last axis read all that a layer makes.

    None where something reads it of which that is not known; False where it leaves the model as it is.
    """
    found: bool | None = True
    pending, seen = list(layer.outputs[:1]), set(layer.outputs[:1])
    while pending:
        value = pending.pop()
        if value in graph.outputs:
            return False
        for user in graph.consumers.get(value, ()):
            if (user.kind in READS_ROWS and user.inputs[0] == value) or _reduces_last(graph, user):
                continue
            if not (_takes_any_order(user) or user.kind == "concat"):
                found = None
            elif user.outputs[0] not in seen:
                seen.add(user.outputs[0])
                pending.append(user.outputs[0])
    return found


def made_by_weights(graph: LayerGraph, layer: Layer) -> bool | None:
    """Whether weights with a unit for each element of the last axis make all that a layer reads; None if not known."""
    value = layer.inputs[0]
    before = graph.producers.get(value)
    while before is not None and _takes_any_order(before) and _is_read_once(graph, value):
        value = before.inputs[0]
        before = graph.producers.get(value)
    if before is None or before.kind == "input":
        return False
    return True if before.kind in {"dense", "embedding"} and _is_read_once(graph, value) else None


def _reduces_last(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer reduces the last axis to a number that does not depend on the order, such as a sum."""
    if layer.kind != "reduce" or str(layer.attributes["function"]).startswith("arg"):
        return False
    rank = len(graph.shape(layer.inputs[0]) or ())
    return layer.attributes["axes"] is None or -1 in [
        axis if axis < 0 else axis - rank for axis in layer.attributes["axes"]
    ]


def _takes_any_order(layer: Layer) -> bool:
    """Whether a layer of one input does the same for any order of the last axis; fixed numbers along it do not."""
    fixed = isinstance(layer.attributes.get("operand"), tuple)
    return layer.kind in SAME_FOR_ANY_ORDER and len(layer.inputs) == 1 and not fixed


def _is_read_once(graph: LayerGraph, value: str) -> bool:
    """Whether one layer alone reads a value: what another makes of it would come in another order, too."""
    return len(graph.consumers.get(value, ())) == 1 and value not in graph.outputs
