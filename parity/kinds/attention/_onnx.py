"""ONNX's Attention (opset 23), whose inputs have heads as an axis, or side by side in the last one."""

from collections.abc import Sequence
from typing import Any

from parity.graph import Dim, Shape
from parity.kinds._contract import Call, Draft, whole
from parity.kinds.attention._masks import ALL, CAUSAL
from parity.kinds.attention._masks import in_scores as scores_pattern
from parity.kinds.attention._masks import pattern as mask_pattern
from parity.kinds.attention._parts import HEADS_FIRST, mask_meaning, settings, usual_scale
from parity.kinds.shape.reshape import to

INPUTS = ("Q", "K", "V")
PLAIN = {*INPUTS, "attn_mask"}
OPTIONAL = ("attn_mask", "past_key", "past_value", "nonpad_kv_seqlen")


def spell(call: Call) -> tuple[Draft, ...]:
    """Attention without a cache of keys and values, which makes outputs that other frameworks do not have."""
    values = call.node.inputs
    windows = {call.get(f"{side}_window_size", -1) for side in ("left", "right")}
    constants = {*INPUTS, *OPTIONAL}.intersection(call.node.attributes) - {"attn_mask"}
    if not PLAIN.issuperset(values) or len(values) < 3 or call.node.weights or len(call.outputs) != 1:
        return ()
    if constants or windows != {-1}:
        return ()
    found = (call.values.get(values[name]) for name in INPUTS)
    shapes = [value.shape for value in found if value is not None and value.shape is not None]
    inputs = tuple(values[name] for name in INPUTS)
    if len(shapes) < len(INPUTS) or len({len(shape) for shape in shapes}) != 1:
        return ()
    if len(shapes[0]) == 3:
        return _side_by_side(call, inputs, shapes)
    return (_core(call, inputs, shapes, call.outputs),) if len(shapes[0]) == 4 else ()


def _core(call: Call, inputs: Sequence[str], shapes: Sequence[Shape], outputs: tuple[str, ...]) -> Draft:
    """The attention of heads that are an axis of their own.

    Raises:
        ValueError: the heads of queries cannot share those of keys.
    """
    mask, scale = call.node.inputs.get("attn_mask"), call.get("scale")
    found, fixed = call.values.get(mask or ""), _fixed(call.get("attn_mask"))
    meaning = mask_meaning(found.dtype if found else None) if mask else None
    queries, keys = shapes[0][1], shapes[1][1]
    if not isinstance(queries, int) or not isinstance(keys, int) or queries % keys:
        raise ValueError(queries, keys)
    attributes = settings(
        scale=float(scale) if isinstance(scale, int | float) else usual_scale(shapes[0][-1]),
        # Without a cache the triangle starts at the first key, as onnxruntime and the reference compute it.
        causal=bool(call.get("is_causal", 0)) or fixed == CAUSAL,
        mask=meaning if fixed in {None, ALL, CAUSAL} else fixed,
        groups=queries // keys,
        softcap=float(call.get("softcap", 0.0)),
    )
    return Draft("attention", attributes, (*inputs, *((mask,) if mask else ())), outputs)


def _fixed(mask: Any) -> str | None:
    """What a mask that the call itself holds lets through.

    Raises:
        ValueError: its numbers are more than zeros and what blocks.
    """
    import numpy as np

    if mask is None:
        return None
    array = np.asarray(mask)
    pattern = mask_pattern(array) if array.dtype == bool else scores_pattern(array) if array.dtype.kind == "f" else None
    if pattern is None:
        raise ValueError(array.shape)
    return pattern


def _side_by_side(call: Call, inputs: Sequence[str], shapes: Sequence[Shape]) -> tuple[Draft, ...]:
    """Heads are taken apart before, and put together again after.

    Raises:
        TypeError: the sizes are not known.
    """
    shared = call.get("kv_num_heads")
    counts = (call.get("q_num_heads"), shared, shared)
    drafts: list[Draft] = []
    turned: list[str] = []
    made: list[tuple[Dim, int, Dim, int]] = []
    for name, value, shape, count in zip(INPUTS, inputs, shapes, counts, strict=True):
        batch, steps, units = shape
        if not whole(count) or not isinstance(units, int):
            raise TypeError(units)
        names = [(f"{call.node.path}:{name}-{what}",) for what in ("heads", "turned")]
        attributes = to(shape, (batch, steps, count, units // count))
        drafts.append(Draft("reshape", attributes, (value,), names[0], part=f"{name}-heads"))
        drafts.append(Draft("permute", {"order": HEADS_FIRST}, names[0], names[1], part=f"{name}-turned"))
        turned.append(names[1][0])
        made.append((batch, count, steps, units // count))
    weighed, back = (f"{call.node.path}:weighed",), (f"{call.node.path}:turned",)
    drafts.append(_core(call, turned, made, weighed))
    drafts.append(Draft("permute", {"order": HEADS_FIRST}, weighed, back, part="turned"))
    batch, heads, steps, _ = made[0]
    width = made[2][3]
    attributes = to((batch, steps, heads, width), (batch, steps, heads * width))
    return (*drafts, Draft("reshape", attributes, back, call.outputs, part="joined"))
