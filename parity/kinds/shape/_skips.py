"""The sum that onnxruntime's optimiser has moved into the normalisation after it."""

from typing import Any

from parity.kinds._contract import Call
from parity.kinds._written_out import Step

EPSILON = 1e-12
"""What these operators add to the variance, if a call gives nothing."""

PAIR = ("input", "skip")
TABLES = ("word_embedding", "position_embedding", "segment_embedding")


def epsilon(call: Call) -> Any:
    """What a call adds to the variance."""
    return call.get("epsilon", EPSILON)


def sums(call: Call) -> tuple[Step, ...]:
    """The sum of two values, and of a vector that belongs to what makes the first of them."""
    biased = call.has("bias") or "bias" in call.node.inputs
    first = (Step("Add", {"A": "input", "B": "bias"}, "biased"),) if biased else ()
    return (*first, Step("Add", {"A": "biased" if biased else "input", "B": "skip"}, "sum"))


def sum_of(call: Call, at: int) -> dict[str, str]:
    """The id of the sum, where a call gives it as its output of that number."""
    return {"sum": call.outputs[at]} if len(call.outputs) > at else {}


def tables(call: Call) -> tuple[Step, ...]:
    """Rows of a table for words, for places, and for kinds of words if there are several; () with a mask of words."""
    words = call.shape()
    told = [slot for slot in TABLES if call.has(slot)]
    length = words[-1] if words else None
    if "mask" in call.node.inputs or told[:2] != list(TABLES[:2]) or "input_ids" not in call.node.inputs:
        return ()
    at = {"word_embedding": "input_ids", "position_embedding": "position_ids", "segment_embedding": "segment_ids"}
    steps = []
    for slot in told:
        index = {"indices": at[slot]}
        settings: dict[str, Any] = {}
        if slot == "position_embedding" and not _given(call, "position_ids"):
            if not isinstance(length, int):
                return ()
            index, settings = {}, {"indices": (tuple(range(length)),)}
        steps.append(Step("Gather", {"data": slot, **index}, slot, settings))
    two = Step("Add", {"A": told[0], "B": told[1]}, "sum" if len(told) == len(PAIR) else "places")
    more = (Step("Add", {"A": "places", "B": told[2]}, "sum"),) if len(told) > len(PAIR) else ()
    return (*steps, two, *more)


def _given(call: Call, slot: str) -> bool:
    return call.has(slot) or slot in call.node.inputs or slot in call.node.attributes
