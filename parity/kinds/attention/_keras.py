"""Keras' attention layers."""

from dataclasses import replace
from typing import Any

from parity.kinds._contract import Call, Draft, Use, whole
from parity.kinds._keras_places import named
from parity.kinds._modes import always, never
from parity.kinds._operands import places
from parity.kinds.attention._parts import HEADS_FIRST, Heads, settings, usual_scale

CAUSAL, SCORES = "use_causal_mask", "return_attention_scores"
PLACES = {"0", "1", "2", "query", "value", "key", "attention_mask"}


def _slot(call: Call, name: str, at: int) -> str:
    """A weight's slot; one of the two classes keeps its parts in private attributes."""
    private = "_" if call.node.op == "GroupQueryAttention" else ""
    return f"{private}{name}_dense/{at}"


def _weights(call: Call, name: str, kernel: tuple[tuple[str, ...], ...], bias: tuple[tuple[str, ...], ...]) -> Any:
    found = {"kernel": Use(call.node.weights[_slot(call, name, 0)], "in out", parts=kernel)}
    if call.get("use_bias", True):
        found["bias"] = Use(call.node.weights[_slot(call, name, 1)], "out", parts=bias)
    return found


def _sizes(call: Call) -> tuple[int, int, int, int]:
    """Heads of queries, of keys and values, their width, and that of values."""
    if call.node.op == "MultiHeadAttention":
        heads, width = call.get("num_heads"), call.get("key_dim")
        return heads, heads, width, call.get("value_dim") or width
    return call.get("num_query_heads"), call.get("num_key_value_heads"), call.get("head_dim"), call.get("head_dim")


def several_heads(call: Call) -> tuple[Draft, ...]:
    """Three projections to heads, attention, and one from them; shared keys and values serve several queries each."""
    heads, shared, width, value_width = sizes = _sizes(call)
    values = places(call)
    given = [values.get(name) or values.get(other) for name, other in (("0", "query"), ("1", "value"), ("2", "key"))]
    query, value, key = given[0], given[1], given[2] or given[1]
    wired = query is not None and value is not None
    unusual = call.get("use_gate") or len(_made(call)) > 1 or not PLACES.issuperset(values)
    if not whole(*sizes) or heads % shared or unusual or not (wired or not call.outputs):
        return ()
    if call.get("attention_axes") not in {None, (1,)}:
        return ()
    shapes = {each: found.shape if (found := call.values.get(each or "")) else None for each in (query, value, key)}
    if call.outputs and not all(shape is not None and len(shape) == 3 for shape in shapes.values()):
        return ()
    drafts: list[Draft] = []
    turned: list[str] = []
    for name, source, count, size in (
        ("query", query, heads, width),
        ("key", key, shared, width),
        ("value", value, shared, value_width),
    ):
        weights = _weights(call, name, (("in",), ("heads", "head")), (("heads", "head"),))
        parts = {"parts": {"heads": count, "head": size}}
        projection = Heads(call.node.path, name, count, size, shapes[source], parts)
        made, out = projection.split((source,) if source else (), weights)
        drafts += made
        turned += out
    mask, extra = _mask(call, values.get("attention_mask"))
    drafts += extra
    call.asked.add(SCORES)
    attributes = settings(
        scale=usual_scale(width),
        causal=bool(call.argument(CAUSAL)),
        mask="attends" if mask else None,
        groups=heads // shared,
        window=call.get("sliding_window"),
        **_dropout(call),
    )
    outputs = (f"{call.node.path}:weighed", *call.outputs[1:2])
    drafts.append(Draft("attention", attributes, (*turned, *mask), outputs, part="attention"))
    return (*drafts, *_output(call, heads, value_width, query))


def _made(call: Call) -> tuple[int, ...]:
    """The axes of what comes out, where the layer says so; MultiHeadAttention takes a number for one of them."""
    told = call.get("output_shape") or ()
    return (told,) if isinstance(told, int) else tuple(told)


def _output(call: Call, heads: int, width: int, query: str | None) -> tuple[Draft, ...]:
    """The last projection, which is as wide as the query where the layer does not say how wide."""
    found = call.values.get(query or "")
    shape = found.shape if found else None
    stored = call.weight_shape(_slot(call, "output", 0))
    units = next(iter(_made(call)), shape[-1] if shape else stored[-1] if stored else None)
    if not isinstance(units, int):
        raise TypeError(units)
    weights = _weights(call, "output", (("heads", "head"), ("out",)), (("out",),))
    parts = {"parts": {"heads": heads, "head": width}}
    projection = Heads(call.node.path, "output", heads, width, shape, parts)
    drafts, _ = projection.join((f"{call.node.path}:weighed",), units, weights)
    return (*drafts[:-1], replace(drafts[-1], outputs=call.outputs[:1]))


def _mask(call: Call, mask: str | None) -> tuple[tuple[str, ...], tuple[Draft, ...]]:
    """The mask as truth values, with an axis for the heads where it has none."""
    if mask is None:
        return (), ()
    found, drafts = call.values.get(mask), tuple[Draft, ...]()
    rank = len(found.shape) if found is not None and found.shape is not None else 4
    if found is not None and found.dtype not in {None, "bool"}:
        told = f"{call.node.path}:told"
        mask, drafts = told, (Draft("cast", {"to": "bool"}, (mask,), (told,), part="told"),)
    if rank != 3:
        return (mask,), drafts
    wide = f"{call.node.path}:mask"
    return (wide,), (*drafts, Draft("stack_axis", {"axis": 1}, (mask,), (wide,), part="mask"))


def single(call: Call) -> tuple[Draft, ...]:
    """Attention and AdditiveAttention: no projections, one head; keys are the values where there are only two."""
    values = [name for name in places(call) if name.partition(".")[0] in {"0", "inputs"} or name.isdecimal()]
    call.asked.add(SCORES)
    additive, mode = call.node.op == "AdditiveAttention", call.get("score_mode", "dot")
    count = len(call.inputs)
    if len(values) != count or count not in {0, 2, 3}:
        return ()
    inputs = call.inputs
    if count:
        query, value, key = inputs[0], inputs[1], inputs[-1]
        inputs = (query, key, value)
    roles = ["scale"] if call.get("use_scale", additive) else []
    roles += ["score"] if mode == "concat" and not additive else []
    attributes = settings(
        score="additive" if additive else mode,
        causal=bool(call.argument(CAUSAL)),
        **_dropout(call),
        width=_width(call),
    )
    weights = call.uses_in_order(*roles)
    if additive and "scale" in weights:
        weights["scale"] = Use(weights["scale"].name, "width")
    return (Draft("attention", attributes, inputs, call.outputs, weights),) if mode in {"dot", "concat"} else ()


def operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.dot_product_attention`` of heads after the steps: (batch, steps, heads, width).

    A bias is added to the scores, which truth values then choose among; both are one mask only where there is one.
    """
    call = named(call, "query", "key", "value", "bias", "mask", "scale")
    inputs = call.node.inputs
    masks = [name for name in ("bias", "mask") if name in inputs]
    held = {"query", "key", "value", "bias", "mask"}.intersection((*call.node.attributes, *call.node.weights))
    if held or set(inputs) - set(masks) != {"query", "key", "value"} or len(masks) > 1 or "scale" in inputs:
        return ()
    shapes = {name: call.values[value].shape if value in call.values else None for name, value in inputs.items()}
    query, key, scale = shapes["query"], shapes["key"], call.get("scale")
    if query is None or key is None or not len(query) == len(key) == 4:
        return ()
    heads, shared = query[2], key[2]
    if not isinstance(heads, int) or not isinstance(shared, int) or not whole(heads, shared) or heads % shared:
        return ()
    turned = {name: f"{call.node.path}:{name}-turned" for name in ("query", "key", "value")}
    drafts = [
        Draft("permute", {"order": HEADS_FIRST}, (inputs[name],), (value,), part=f"{name}-turned")
        for name, value in turned.items()
    ]
    attributes = settings(
        scale=float(scale) if isinstance(scale, int | float) else usual_scale(query[-1]),
        causal=bool(call.get("is_causal")),
        mask={"mask": "attends", "bias": "adds"}[masks[0]] if masks else None,
        groups=heads // shared,
        softcap=float(call.get("attn_logits_soft_cap") or 0.0),
    )
    call.get("flash_attention")  # another implementation of the same computation
    weighed = f"{call.node.path}:weighed"
    everything = (*turned.values(), *(inputs[name] for name in masks))
    drafts.append(Draft("attention", attributes, everything, (weighed,), part="attention"))
    drafts.append(Draft("permute", {"order": HEADS_FIRST}, (weighed,), call.outputs[:1], part="turned"))
    return tuple(drafts)


def _dropout(call: Call) -> dict[str, Any]:
    told = float(call.get("dropout", 0.0))
    rate = 0.0 if never(call) else told
    return {"dropout": rate, **({"always": True} if rate and always(call) else {})}


def _width(call: Call) -> int | None:
    shape = call.shape()
    return shape[-1] if shape and isinstance(shape[-1], int) else None
