"""The type of number that a layer makes, where no source records it."""

from collections.abc import Sequence

from parity.graph import Layer
from parity.kinds._held import USUAL
from parity.kinds.activation._functions import PLAIN
from parity.kinds.arithmetic._names import REAL, TESTS
from parity.kinds.arithmetic.cast import ANY_WHOLE, WHOLE_NUMBER

CURVES = {
    *({*PLAIN} - {"relu", "relu6"}),
    *("elu", "celu", "gelu", "leaky_relu", "rrelu", "hard_sigmoid", "hard_silu", "log_sigmoid", "tanh_shrink"),
    *("squareplus", "sparse_plus", "sparse_sigmoid", "softmax", "log_softmax", "sparsemax"),
}
"""Activations that make real numbers of whole ones, where they take these at all."""

AVERAGES = {"mean", "average", "variance", "deviation", "logsumexp"}
REALS = {*REAL, *CURVES, *AVERAGES}
COUNTS = {"sum", "prod", "power"}
"""Functions that give whole numbers of truth values."""

TRUTHS = {*TESTS, "any", "all"}
PLACES = {"argmax", "argmin"}


def made_type(layer: Layer, types: Sequence[str | None]) -> str | None:
    """What comes out: truth values, places, real numbers, or numbers of the type of what goes in.

    Args:
        layer: what makes it.
        types: of its inputs; None for one that is not known.
    """
    told = layer.attributes.get("to") if layer.kind == "cast" else None
    if told is not None:
        return ANY_WHOLE if told == WHOLE_NUMBER else str(told)
    function = layer.attributes.get("function")
    if function in TRUTHS:
        return "bool"
    if function in PLACES:
        return ANY_WHOLE
    found = [each for each in (types[1:] if layer.kind == "where" else types) if each is not None]  # not the condition
    real = next((each for each in found if "float" in each), None)
    if real is not None or not found:
        return real
    if function in REALS:
        return USUAL if None not in types else None  # calculated of whole numbers
    whole = next((each for each in found if each != "bool"), None)
    return whole or (ANY_WHOLE if function in COUNTS else "bool")
