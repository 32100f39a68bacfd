"""PyTorch's attention, as an operator and as a module with its projections."""

from parity.graph import Shape, Unknown
from parity.kinds._contract import Call, Draft, Use, whole
from parity.kinds._modes import IN_TRAINING, always
from parity.kinds.attention._masks import ZEROS
from parity.kinds.attention._parts import Heads, mask_meaning, settings, usual_scale

QKV = ("query", "key", "value")
MASKS = ("attn_mask", "attn_bias")
CALLED = Unknown(
    "a module without its calls does not record which masks it receives",
    "compare the .pt2, or the live model with inputs",
)
STEPS_FIRST = (1, 0, 2)
"""The order that takes steps before the batch, and back."""


def aten(call: Call) -> tuple[Draft, ...]:
    """The operator, with heads in front of the steps."""
    values = call.node.inputs
    if not values.keys() >= set(QKV) or not call.node.weights.keys() <= {*MASKS}:
        return ()
    shapes = {name: found.shape if (found := call.values.get(values[name])) else None for name in QKV}
    query, key = shapes["query"], shapes["key"]
    mask = values.get("attn_mask", values.get("attn_bias"))
    found = call.values.get(mask or "")
    scale = call.get("scale")
    groups = _groups(query, key) if call.get("enable_gqa", False) else 1
    stored = next((slot for slot in MASKS if call.has(slot)), None)
    held = call.stored[call.node.weights[stored]].dtype if stored is not None else None
    attributes = settings(
        scale=float(scale) if isinstance(scale, int | float) else usual_scale(query[-1] if query else None),
        causal=bool(call.get("is_causal", False)),
        mask=mask_meaning(found.dtype if found else held) if mask or held == "bool" else None,
        groups=groups,
        dropout=_rate(call),
        unseeing=ZEROS,
        **({"always": True} if always(call) else {}),
    )
    inputs = (*(values[name] for name in QKV), *((mask,) if mask else ()))
    weights = call.uses(bias=stored) if stored is not None else {}
    return (Draft("attention", attributes, inputs, call.outputs[:1], weights),)


def _rate(call: Call) -> float | Unknown:
    """Which share of the weights training leaves out: as the call tells, or as the module that it was traced from."""
    told: float | Unknown = call.get(IN_TRAINING, 0.0)
    return float(call.get("dropout_p", 0.0)) or told


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
    """The module: three projections, which may be packed in one tensor, attention, and one more."""
    width, heads = call.get("embed_dim"), call.get("num_heads")
    unusual = call.get("add_zero_attn") or call.has("bias_k") or not call.node.inputs.keys() <= {*QKV}
    if not whole(width, heads) or width % heads or unusual:
        return ()
    drafts, sequences = _batch_first(call)
    turned: list[str] = []
    for at, name in enumerate(QKV):
        value, shape = sequences.get(name, ((), None))
        weights = _packed(call, at, name, width)
        told = {"in_features": call.get({"key": "kdim", "value": "vdim"}.get(name, ""), width) or width}
        made, out = Heads(call.node.path, name, heads, width // heads, shape, told).split(value, weights)
        drafts += made
        turned += out
    attributes = settings(
        scale=usual_scale(width // heads),
        causal=bool(call.get("is_causal", False)) if call.inputs else None,
        mask=None if call.inputs else CALLED,
        dropout=call.get("dropout", 0.0),
        **({"always": True} if call.get("always") else {}),
    )
    weighed = (f"{call.node.path}:weighed",)
    drafts.append(Draft("attention", attributes, tuple(turned), weighed, part="attention"))
    weights = call.uses(kernel="out_proj.weight", bias="out_proj.bias")
    shape = sequences.get("query", ((), None))[1]
    output = Heads(call.node.path, "output", heads, width // heads, shape, {"in_features": width})
    last, result = output.join(weighed, width, weights)
    return (*drafts, *last, *_named(call, result))


def _packed(call: Call, at: int, name: str, width: int) -> dict[str, Use]:
    """The weights of a projection, which may be rows of those of all three."""
    rows = (at * width, (at + 1) * width)
    if call.has("in_proj_weight"):
        weights = {"kernel": Use(call.node.weights["in_proj_weight"], "out in", (rows, (0, width)))}
    else:
        weights = {"kernel": Use(call.node.weights[f"{name[0]}_proj_weight"], "out in")}
    if call.has("in_proj_bias"):
        weights["bias"] = Use(call.node.weights["in_proj_bias"], "out", (rows,))
    return weights


Sequences = dict[str, tuple[tuple[str, ...], Shape | None]]


def _batch_first(call: Call) -> tuple[list[Draft], Sequences]:
    """The inputs with the batch before the steps."""
    drafts: dict[str, Draft] = {}
    found: Sequences = {}
    for name, value in call.node.inputs.items():
        shape = known.shape if (known := call.values.get(value)) else None
        if call.get("batch_first", False):
            found[name] = ((value,), shape)
            continue
        turned = f"{call.node.path}:{value}-turned"
        drafts[value] = Draft("permute", {"order": STEPS_FIRST}, (value,), (turned,), part=f"{value}-turned")
        found[name] = ((turned,), None if shape is None else (shape[1], shape[0], *shape[2:]))
    return list(drafts.values()), found


def _named(call: Call, result: str) -> tuple[Draft, ...]:
    """The result as the call gives it."""
    if not call.outputs:
        return ()
    if call.get("batch_first", False):
        return (Draft("identity", {}, (result,), call.outputs[:1], part="result"),)
    return (Draft("permute", {"order": STEPS_FIRST}, (result,), call.outputs[:1], part="result"),)


def tensors(call: Call) -> tuple[Draft, ...]:
    """The projections in a file of tensors, which does not tell the heads of the attention between them."""
    apart = {name: f"{name[0]}_proj_weight" for name in QKV}
    last = {"output": "out_proj.weight", "bias": "in_proj_bias?", "output_bias": "out_proj.bias?"}
    shapes = call.matched(packed="in_proj_weight", **last) or call.matched(**apart, **last)
    width, *rest = (shapes or {}).get("output", (0,))
    if not shapes or rest != [width] or shapes.get("packed", (len(QKV) * width, width)) != (len(QKV) * width, width):
        return ()
    drafts = []
    for at, name in enumerate(QKV):
        rows, columns = shapes.get(name, (width, width))
        if rows != width:
            return ()
        told = {"units": width, "in_features": columns}
        drafts.append(Draft("dense", told, (), (), _packed(call, at, name, width), part=name))
    uses = call.uses(kernel="out_proj.weight", bias="out_proj.bias")
    return (*drafts, Draft("dense", {"units": width, "in_features": width}, (), (), uses, part="output"))
