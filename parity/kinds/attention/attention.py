"""Attention itself, between its projections: weighs values by how queries and keys agree, for each head.

softmax(query @ key^T * scale + mask) @ value (Vaswani et al. 2017) over the last two axes; those before them are batch
and heads. What a mask says is an attribute: truth values for what is attended to, or for what is blocked, or numbers
that are added. ``causal``: a query sees no key at a later place than its own, both counted from the first.
"""

from collections.abc import Mapping

from parity.graph import Axes, Effect, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, InputShapes, Kind, Role
from parity.kinds._given import later
from parity.kinds._macs import Work, elements, times
from parity.kinds._modes import ALWAYS, UNRECORDED
from parity.kinds.attention import _keras as _attention_keras
from parity.kinds.attention import _onnx as _attention_onnx
from parity.kinds.attention import _onnxruntime as _attention_onnxruntime
from parity.kinds.attention import _torch as _attention_torch


def _shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    query, key, value = inputs[:3] if len(inputs) > 2 else (None, None, None)
    if query is None:
        return (None, None)
    made = None if value is None else (*query[:-1], value[-1])
    scores = None if key is None else (*query[:-1], key[-2])
    return made, scores


def _axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    return inputs, (inputs[0], None)


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    width = attributes.get("width")
    return {"width": width} if isinstance(width, int) else {}


def _macs(work: Work) -> int | None:
    """For each query and key the score, and what the value adds to the result."""
    query, key, value = work.inputs[:3]
    if query is None or key is None or value is None:
        return None
    widths = elements(query[-1:]), elements(value[-1:])
    pairs = times(elements(query[:-1]), elements(key[-2:-1]))
    return times(pairs, sum(each for each in widths if each is not None)) if None not in widths else None


KIND = Kind(
    "attention",
    attributes={
        "score": Attribute(),
        "scale": Attribute(),
        "causal": Attribute(untold=_attention_torch.CALLED.reason),
        "mask": Attribute(),
        "groups": Attribute(),
        "window": Attribute(),
        "softcap": Attribute(),
        "dropout": Attribute(Effect.TRAINING, untold=UNRECORDED.reason),
        **ALWAYS,
    },
    told=("unseeing", "width"),
    roles={"scale": Role(""), "score": Role(""), "bias": Role("")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    macs=_macs,
    compute=later(__package__, "attention"),
    spellings={
        ("keras", "MultiHeadAttention"): _attention_keras.several_heads,
        ("keras", "GroupQueryAttention"): _attention_keras.several_heads,
        ("keras", "Attention"): _attention_keras.single,
        ("keras", "AdditiveAttention"): _attention_keras.single,
        ("keras.ops", "DotProductAttention"): _attention_keras.operation,
        ("torch.nn", "MultiheadAttention"): _attention_torch.module,
        ("aten", "scaled_dot_product_attention"): _attention_torch.aten,
        ("aten", "_scaled_dot_product_flash_attention"): _attention_torch.aten,
        ("aten", "_scaled_dot_product_flash_attention_for_cpu"): _attention_torch.aten,
        ("aten", "_scaled_dot_product_efficient_attention"): _attention_torch.aten,
        ("onnx", "Attention"): _attention_onnx.spell,
        ("onnx:com.microsoft", "Attention"): _attention_onnxruntime.packed,
        ("onnx:com.microsoft", "MultiHeadAttention"): _attention_onnxruntime.several_heads,
    },
    signatures={"torch.weights": (_attention_torch.tensors,)},
)
