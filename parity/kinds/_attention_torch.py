"""PyTorch's attention, as an operator and as a module with its projections."""

from parity.graph import Shape
from parity.kinds._attention_parts import Heads, mask_meaning, settings, usual_scale
from parity.kinds._contract import Call, Draft, Use, whole

QKV = ("query", "key", "value")


def aten(call: Call) -> tuple[Draft, ...]:
    """The operator, with heads in front of the steps."""
    values = call.node.inputs
    if not values.keys() >= set(QKV) or call.node.weights:
        return ()
    shapes = {name: found.shape if (found := call.values.get(values[name])) else None for name in QKV}
    query, key = shapes["query"], shapes["key"]
    mask = values.get("attn_mask", values.get("attn_bias"))
    found = call.values.get(mask or "")
    scale = call.get("scale")
    groups = _groups(query, key) if call.get("enable_gqa", False) else 1
    attributes = settings(
        scale=float(scale) if isinstance(scale, int | float) else usual_scale(query[-1] if query else None),
        causal=bool(call.get("is_causal", False)),
        mask=mask_meaning(found.dtype if found else None) if mask else None,
        groups=groups,
        dropout=float(call.get("dropout_p", 0.0)),
    )
    inputs = (*(values[name] for name in QKV), *((mask,) if mask else ()))
    return (Draft("attention", attributes, inputs, call.outputs[:1]),)


def _groups(query: Shape | None, key: Shape | None) -> int:
    """How many heads of queries share one of keys.

    Raises:
        ValueError, TypeError: that is not known, or no whole number.
    """
    heads, shared = (shape[-3] if shape else None for shape in (query, key))
    if not isinstance(heads, int) or not isinstance(shared, int) or heads % shared:
        raise ValueError(heads, shared)
    return heads // shared


def module(call: Call) -> tuple[Draft, ...]:
    """The module in a tree: three projections, which may be packed in one tensor, attention, and one more."""
    width, heads = call.get("embed_dim"), call.get("num_heads")
    packed, unusual = call.has("in_proj_weight"), call.get("add_zero_attn") or call.has("bias_k") or call.inputs
    if not whole(width, heads) or width % heads or unusual:
        return ()
    drafts: list[Draft] = []
    turned: list[str] = []
    for at, name in enumerate(QKV):
        rows = (at * width, (at + 1) * width)
        slot = f"{name[0]}_proj_weight"
        columns = call.get({"key": "kdim", "value": "vdim"}.get(name, ""), width) or width
        if packed:
            weights = {"kernel": Use(call.node.weights["in_proj_weight"], "out in", (rows, (0, width)))}
        else:
            weights = {"kernel": Use(call.node.weights[slot], "out in")}
        if call.has("in_proj_bias"):
            weights["bias"] = Use(call.node.weights["in_proj_bias"], "out", (rows,))
        projection = Heads(call.node.path, name, heads, width // heads, None, {"in_features": columns})
        made, out = projection.split((), weights)
        drafts += made
        turned += out
    attributes = settings(scale=usual_scale(width // heads), dropout=float(call.get("dropout", 0.0)))
    weighed = (f"{call.node.path}:weighed",)
    drafts.append(Draft("attention", attributes, tuple(turned), weighed, part="attention"))
    weights = call.uses(kernel="out_proj.weight", bias="out_proj.bias")
    last, _ = Heads(call.node.path, "output", heads, width // heads, None, {"in_features": width}).join(
        weighed, width, weights
    )
    return (*drafts, *last)
