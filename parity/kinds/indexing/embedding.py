"""Embedding: looks integers up in a table, one row each."""

from collections.abc import Mapping
from dataclasses import replace

from parity.graph import Axes, Effect, Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    AxisNames,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Spelling,
    Use,
    whole,
)
from parity.kinds._given import later
from parity.kinds.indexing.gather import TAKE, at_places, embedded, indexed
from parity.kinds.shape.select import position
from parity.kinds.source.constant import flat

KERAS_SLOTS = {"embeddings": "embeddings", "reverse_embeddings": "reverse_embeddings?"}
"""What Keras calls the tables of an embedding, and of one that works in the other direction, too."""

SEQUENCE: dict[int, Axes] = {1: ("N",), 2: ("N", "T")}


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    return (None,) if found is None else ((*found, attributes["dim"]),)


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    return {"vocab": attributes["vocab"], "dim": attributes["dim"]}


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0] or SEQUENCE.get(attributes.get("rank", 0))
    return (found,), (None if found is None else (*found, "C"),)


def _draft(call: Call, slot: str) -> tuple[Draft, ...]:
    shape = call.weight_shape(slot)
    if shape is not None and len(shape) == 2 and not call.inputs and call.has("indices"):
        return indexed(call, slot, "indices")
    if shape is None or len(shape) != 2 or (call.evidence == "graph" and len(call.inputs) != 1):
        return embedded(call)
    row = call.get("padding_idx", -1)
    attributes = {
        "vocab": shape[0],
        "dim": shape[1],
        "rank": len(call.shape() or ()),
        "mask_zero": False,
        "untrained_row": None if row == -1 else row,
    }
    return (
        Draft("embedding", attributes, call.inputs[:1], call.outputs[:1], {"embeddings": Use(call.node.weights[slot])}),
    )


def _keras(call: Call) -> tuple[Draft, ...]:
    attributes = {
        "vocab": call.get("input_dim"),
        "dim": call.get("output_dim"),
        "rank": len(call.shape() or ()),
        "mask_zero": bool(call.get("mask_zero", False)),
        "masks_loss": bool(call.get("masks_loss", False)),
        "untrained_row": None,
    }
    if not whole(attributes["vocab"], attributes["dim"]):
        return ()
    return (Draft("embedding", attributes, call.inputs[:1], call.outputs[:1], call.uses_in_order("embeddings")),)


def _reversible(call: Call) -> tuple[Draft, ...]:
    """Keras' ReversibleEmbedding: a table, or in the other direction a Dense layer with the same or another one.

    What comes of the other direction may be kept below a cap: cap * tanh(logits / cap).
    """
    tied, cap = call.get("tie_weights", True), call.get("logit_soft_cap")
    if not call.argument("reverse"):
        call.get("reverse_dtype")
        (draft,) = _keras(call)
        return (replace(draft, told_by=() if tied else ("1",)),)  # the other table is for the other direction
    kernel = Use(call.node.weights["0" if tied else "1"], "out in" if tied else "in out")
    if not whole(call.get("input_dim")):
        return ()
    dense = Draft("dense", {"units": call.get("input_dim")}, call.inputs[:1], call.outputs[:1], {"kernel": kernel})
    return (dense,) if cap is None else _capped(dense, float(cap))


def _capped(draft: Draft, cap: float) -> tuple[Draft, ...]:
    logits, within, bent = (f"{draft.outputs[0]}:{name}" for name in ("logits", "within", "bent"))
    return (
        replace(draft, outputs=(logits,)),
        Draft("elementwise", {"function": "divide", "operand": cap}, (logits,), (within,), part="within"),
        Draft("activation", {"function": "tanh"}, (within,), (bent,), part="bent"),
        Draft("elementwise", {"function": "multiply", "operand": cap}, (bent,), draft.outputs, part="cap"),
    )


def _torch(call: Call) -> tuple[Draft, ...]:
    return _draft(call, "weight")


def _gather(call: Call) -> tuple[Draft, ...]:
    """ONNX's Gather takes rows of a table, one position of an axis, or several of any value."""
    index, axis = call.get("indices"), call.get("axis", 0)
    if type(index) is int and type(axis) is int and "data" in call.node.inputs:
        return position(call, axis, index)
    if isinstance(index, tuple) and axis == 0 and len(call.weight_shape("data") or ()) == 2:
        return at_places(call, "data", *flat(index))
    return _draft(call, "data") if axis == 0 else TAKE(call)


def _tensors(**slots: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        shape = (call.matched(**slots) or {}).get("embeddings", ())
        known = call.node.dialect == "torch.weights" or call.may_be("Embedding", "ReversibleEmbedding")
        if len(shape) != 2 or not known:
            return ()
        told = {"vocab": shape[0], "dim": shape[1]}
        return (Draft("embedding", told, (), (), call.stand_for(**slots)),)

    return spell


def _follows(sizes: Mapping[str, int], shape: Shape | None) -> Attributes:
    told = {"vocab": sizes.get("vocab"), "dim": sizes.get("dim"), "rank": len(shape or ())}
    return {**told, "mask_zero": False, "untrained_row": None}


KIND = Kind(
    "embedding",
    # Keras' mask makes the layers that follow skip the steps of token 0; PyTorch and ONNX have none.
    # Keras also leaves the steps of an output that has the mask out of the loss, which is no part of other models.
    # PyTorch's padding_idx keeps a row from being trained.
    attributes={
        "mask_zero": Attribute(),
        "masks_loss": Attribute(Effect.TRAINING),
        "untrained_row": Attribute(Effect.TRAINING),
    },
    told=("dim", "rank", "vocab"),
    roles={"embeddings": Role("vocab dim"), "reverse_embeddings": Role("dim vocab")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    follows=_follows,
    compute=later(__package__, "embedding"),
    spellings={
        ("keras", "Embedding"): _keras,
        ("keras", "ReversibleEmbedding"): _reversible,
        ("torch.nn", "Embedding"): _torch,
        ("aten", "embedding"): _torch,
        ("onnx", "Gather"): _gather,
    },
    signatures={"torch.weights": (_tensors(embeddings="weight"),), "keras.weights": (_tensors(**KERAS_SLOTS),)},
)
