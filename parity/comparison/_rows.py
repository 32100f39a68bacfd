"""Rows that run in another order, and the weights that can be put in that order to make up for it."""

from parity.comparison._contract import Difference, Facet, Topic
from parity.graph import Layer, LayerGraph, Unknown

ROWS, ELEMENTS = "rows", "elements"
"""What a difference is called: weights that read the rows can make up for it, or nothing does."""

PARTS_UNKNOWN = Unknown(
    "the elements come in another order, and what reads them here is not known to make up for it",
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
            if user.kind in READS_ROWS and user.inputs[0] == value:
                continue
            alone = len(user.inputs) == 1
            if not ((user.kind in SAME_FOR_ANY_ORDER and alone) or user.kind == "concat"):
                found = None
            elif user.outputs[0] not in seen:
                seen.add(user.outputs[0])
                pending.append(user.outputs[0])
    return found


def made_by_weights(graph: LayerGraph, layer: Layer) -> bool | None:
    """Whether weights with a unit for each element of the last axis make all that a layer reads; None if not known."""
    before: Layer | None = graph.producers.get(layer.inputs[0])
    while before is not None and before.kind in SAME_FOR_ANY_ORDER and len(before.inputs) == 1:
        before = graph.producers.get(before.inputs[0])
    if before is None or before.kind == "input":
        return False
    return True if before.kind in {"dense", "embedding"} else None
