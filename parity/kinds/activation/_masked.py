"""Keras' softmax under a mask of truth values: where it says no the score is next to minus infinity, and the weight 0.

Source: ``keras/src/layers/activations/softmax.py``.
"""

from math import inf

from parity.kinds._contract import Call, Draft, Spelling
from parity.kinds._operands import VALUE, places

MASK, SECOND = "mask", "1"
"""Where a mask is among the arguments: by name or by place."""

KEPT = 0.5
"""A number above this says yes, where a mask is of numbers."""


def under_mask(otherwise: Spelling) -> Spelling:
    """A spelling of softmax that takes a mask into account; ``otherwise`` says the function itself."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = places(call)
        mask = found.get(MASK) or found.get(SECOND)
        plain = otherwise(call)
        if mask is None:
            return plain
        if len(plain) != 1 or len(found) != 2 or "0" not in found or not call.outputs:  # scores and mask
            return ()
        return _drafts(call, found["0"], mask, plain[0])

    return spell


def _drafts(call: Call, scores: str, mask: str, softmax: Draft) -> tuple[Draft, ...]:
    path, known = call.node.path, call.values.get(mask)
    blocked, masked, weighed = (f"{path}:{name}" for name in ("blocked", "masked", "weighed"))
    drafts = []
    if known is None or known.dtype != "bool":
        truth = f"{path}:truth"
        test = {"function": "greater", "operand": KEPT}
        drafts.append(Draft("elementwise", test, (mask,), (truth,), part="truth"))
        mask = truth
    return (
        *drafts,
        Draft("where", {"operands": (VALUE, 0.0, -inf)}, (mask,), (blocked,), part="blocked"),
        Draft("elementwise", {"function": "add"}, (scores, blocked), (masked,), part="masked"),
        Draft("activation", softmax.attributes, (masked,), (weighed,), part="weighed"),
        Draft("where", {"operands": (VALUE, VALUE, 0.0)}, (mask, weighed), call.outputs[:1], part="kept"),
    )
