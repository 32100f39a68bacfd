"""Looks rows of a table up and brings the rows of each bag down to one: their sum, mean or maximum."""

from collections.abc import Mapping

from parity.graph import Effect, Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Use,
    unknown_axes,
)
from parity.kinds._given import later

MODES = ("sum", "mean", "max")
"""ATen numbers them."""


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None:
        return (None,)
    bags = found[0] if len(found) > 1 else None
    if len(inputs) > 1 and len(found) == 1 and inputs[1] is not None and not attributes["last_offset"]:
        bags = inputs[1][0]
    return ((bags, attributes["dim"]),)


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    return {"vocab": attributes["vocab"], "dim": attributes["dim"]}


def _torch(call: Call) -> tuple[Draft, ...]:
    shape, mode = call.weight_shape("weight"), call.get("mode", "mean" if call.node.dialect == "torch.nn" else 0)
    mode = MODES[mode] if type(mode) is int else mode
    row = call.get("padding_idx")
    if shape is None or len(shape) != 2 or mode not in MODES or len(call.node.weights) > 1:  # a table
        return ()
    attributes = {
        "mode": mode,
        "vocab": shape[0],
        "dim": shape[1],
        "last_offset": bool(call.get("include_last_offset", False)),
        "untrained_row": None if row == -1 else row,
    }
    weights = {"embeddings": Use(call.node.weights["weight"])}
    return (Draft("embedding_bag", attributes, call.inputs, call.outputs[:1], weights),)


KIND = Kind(
    "embedding_bag",
    attributes={"mode": Attribute(), "last_offset": Attribute(), "untrained_row": Attribute(Effect.TRAINING)},
    told=("dim", "vocab"),
    roles={"embeddings": Role("vocab dim")},
    shape=_shape,
    sizes=_sizes,
    axes=unknown_axes,
    compute=later(__package__, "embedding_bag"),
    spellings={("torch.nn", "EmbeddingBag"): _torch, ("aten", "embedding_bag"): _torch},
)
