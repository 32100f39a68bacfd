"""Whether the layers that a kind recognises in a call account for all that goes in and comes out of it."""

from collections import Counter
from collections.abc import Collection, Sequence

from parity.kinds._contract import Call, Draft
from parity.kinds._parametrized import MAGNITUDE
from parity.kinds.arithmetic.quantisation import SUFFIXES

OPERATIONS = "keras.ops"
"""Keras' operations, which have the same."""

ONNX = "onnx"
"""Whose operators have places for stored tensors; elsewhere a layer owns more than one call of it may need."""


def reads_all(call: Call, drafts: Sequence[Draft]) -> bool:
    """Whether each input of the call is one of a layer's, or is known to change nothing.

    A value that stands in several places of an operator of ONNX counts once for each; elsewhere one of self-attention
    may be one input of its layer.
    """
    taken = Counter(value for draft in drafts for value in (*draft.inputs, *draft.ignored))
    if call.node.dialect == OPERATIONS:
        return taken.keys() >= set(call.inputs) and _reads_stored(call, drafts)
    if not call.node.dialect.startswith(ONNX):
        return taken.keys() >= set(call.inputs)
    return not Counter(call.inputs) - taken and _reads_stored(call, drafts)


def _reads_stored(call: Call, drafts: Sequence[Draft]) -> bool:
    """Whether each stored tensor is a weight of a layer; scales of integers and of kernels are no places of it."""
    read = Counter(use.name for draft in drafts for use in draft.weights.values())
    given = (name for slot, name in call.node.weights.items() if not slot.endswith(SUFFIXES) and slot != MAGNITUDE)
    return not Counter(given) - read


def gives_all(call: Call, drafts: Sequence[Draft], used: Collection[str]) -> bool:
    """Whether the layers make every output of an operator that anything uses."""
    made = {value for draft in drafts for value in draft.outputs}
    return not call.node.dialect.startswith(ONNX) or all(value in made for value in call.outputs if value in used)
