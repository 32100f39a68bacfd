"""What attention computes: values weighed by how queries and keys agree.

Sources: Vaswani et al. 2017; https://docs.pytorch.org/docs/stable/generated/
torch.nn.functional.scaled_dot_product_attention.html; https://onnx.ai/onnx/operators/onnx__Attention.html;
https://keras.io/api/layers/attention_layers.
"""

from typing import Any

import numpy as np

from parity.graph import Unknown
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds.activation._compute import softmax
from parity.kinds.attention._masks import ALL, CAUSAL, ZEROS

BLOCKED = -np.inf
HEADS = -3


def attention(given: Given) -> tuple[Array, ...]:
    """softmax(scores + mask) @ value, and the softmax; a query that sees no key gives no numbers, or zeros."""
    told = given.attributes
    unknown = next((name for name in ("scale", "causal", "mask") if isinstance(told[name], Unknown)), None)
    if unknown is not None:
        raise Uncomputable(f"its {unknown} is not known: {told[unknown].reason}")
    if told.get("always") and told.get("dropout"):
        raise Uncomputable("it draws random numbers in inference, too")
    query, key, value = given.inputs[:3]
    groups = told.get("groups", 1)
    if groups != 1:
        key, value = (np.repeat(each, groups, axis=HEADS) for each in (key, value))
    front = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    given.makes(*front, query.shape[-2], key.shape[-2])
    given.spend(int(np.prod(front)) * query.shape[-2] * key.shape[-2] * (query.shape[-1] + value.shape[-1]))
    scores = _scores(given, query, key)
    if told.get("softcap"):
        scores = told["softcap"] * np.tanh(scores / told["softcap"])
    masked = _masked(given, scores)
    weights = softmax(masked, -1)
    if told.get("unseeing") == ZEROS:
        weights = np.where((masked == BLOCKED).all(axis=-1, keepdims=True), 0.0, weights)
    return weights @ value, weights


def _scores(given: Given, query: Array, key: Array) -> Array:
    """How queries and keys agree: by their product, or by what a tanh makes of their sum."""
    told = given.attributes
    scale: Any = told["scale"] * given.vector("scale", 1.0)
    if told["score"] == "dot":
        return np.asarray(query @ np.swapaxes(key, -1, -2) * scale)
    summed = query[..., :, None, :] + key[..., None, :, :]
    given.makes(summed.size)
    if told["score"] == "additive":
        return np.asarray((np.tanh(summed) * scale).sum(axis=-1))
    if told["score"] == "concat":
        return np.asarray(given.vector("score", 1.0) * np.tanh(scale * summed).sum(axis=-1))
    raise Uncomputable(f"parity has no formula for the score {told['score']!r}")


def _masked(given: Given, scores: Array) -> Array:
    """The scores with what is blocked, and with what a mask adds."""
    told, mask = given.attributes, given.attributes["mask"]
    rows, columns = np.arange(scores.shape[-2])[:, None], np.arange(scores.shape[-1])
    if told["causal"]:
        scores = np.where(columns <= rows, scores, BLOCKED)
    if told.get("window") is not None:
        scores = np.where(np.abs(rows - columns) <= told["window"], scores, BLOCKED)
    given_mask = given.inputs[3] if len(given.inputs) > 3 else given.raw("bias") if given.has("bias") else None
    if given_mask is None:
        if mask not in {None, ALL, CAUSAL}:
            raise Uncomputable("only the pattern of its mask is known")
        return np.where(columns <= rows, scores, BLOCKED) if mask == CAUSAL else scores
    if mask == "attends" or (mask is None and given_mask.dtype.kind == "b"):
        return np.where(given_mask != 0, scores, BLOCKED)
    if mask == "blocks":
        return np.where(given_mask != 0, BLOCKED, scores)
    if mask in {"adds", None}:
        return scores + given_mask
    raise Uncomputable(f"parity has no formula for the mask {mask!r}")
