"""Keras' TimeDistributed: a layer for each step of a sequence, which is a composition and no kind of its own.

A layer that treats all positions but the last axis alike does the same to the whole sequence; others run over the steps
of all sequences as one batch.
"""

from collections.abc import Mapping
from dataclasses import replace

from parity.graph import Shape, Value
from parity.kinds._contract import Call, Draft
from parity.kinds._layouts import product
from parity.kinds._wrapped import inner, spelled
from parity.kinds.shape.reshape import to

POSITIONWISE = {"dense", "activation", "dropout", "identity", "embedding", "elementwise"}
"""Kinds that do not mix positions of any axis but the last."""

LEAST = 3
"""Axes of a batch of sequences."""


def spell(call: Call) -> tuple[Draft, ...]:
    """The wrapped layer in the terms of its own kinds; () where these do not say it."""
    shape, made = call.shape(), call.output_shape()
    if len(call.inputs) > 1 or call.get("__call__") or call.get("__inputs__"):
        return ()
    if shape is None:
        drafts = _inner(call, call.inputs, call.values)
        return drafts if _all_alike(drafts) else ()
    if len(shape) < LEAST:
        return ()
    wrapped = _as_batch(call, shape, made)
    if _all_alike(wrapped[1:-1]):
        return _inner(call, call.inputs, call.values)
    return wrapped if made is not None else ()


def _inner(call: Call, inputs: tuple[str, ...], values: Mapping[str, Value]) -> tuple[Draft, ...]:
    """What the wrapped layer would be as a call of its own."""
    held = inner(call)
    if held is None:
        return ()
    slots = dict(zip(("0",), inputs, strict=False))
    return spelled(replace(held, node=replace(held.node, inputs=slots), values=values))


def _all_alike(drafts: tuple[Draft, ...]) -> bool:
    kinds = {draft.kind for draft in drafts}
    axes = {draft.attributes.get("axis", -1) for draft in drafts if draft.kind == "activation"}
    units = {draft.attributes["units"] for draft in drafts if draft.kind == "dropout"}
    return bool(drafts) and kinds <= POSITIONWISE and axes <= {-1} and units <= {"elements"}


def _as_batch(call: Call, shape: Shape, made: Shape | None) -> tuple[Draft, ...]:
    """Steps as a part of the batch before, and as an axis of their own after."""
    after: Shape = (None, None) if made is None else made
    rows = product(shape[:2])
    steps, done = f"{call.node.path}:steps", f"{call.node.path}:done"
    inside, outside = (rows, *shape[2:]), (rows, *after[2:])
    found = call.values.get(call.inputs[0])
    values = {**call.values, steps: Value(inside, found.dtype if found else None)}
    values |= {done: Value(outside)} if made is not None else {}
    batch = replace(call, node=replace(call.node, outputs=(done,)), values=values)
    drafts = _inner(batch, (steps,), values)
    if not drafts or any(draft.kind == "opaque" for draft in drafts):
        return ()
    return (
        Draft("reshape", to(shape, inside), call.inputs, (steps,), part="steps"),
        *drafts,
        Draft("reshape", to(outside, after), (done,), call.outputs[:1], part="sequence"),
    )
