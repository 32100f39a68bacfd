"""The attention of onnxruntime's optimiser, with its projections in it, or with their biases."""

from dataclasses import replace

from parity.graph import Value
from parity.kinds._contract import Call, Draft, Use, whole
from parity.kinds._written_out import Step, written_out

QKV = ("query", "key", "value")


def packed(call: Call) -> tuple[Draft, ...]:
    """Attention of a value to itself by one packed projection; without a cache, a rotation, or lengths for a mask."""
    kernel, shape = call.weight_shape("weights"), call.shape()
    usual = {"input", "attention_bias", "mask_index"}.issuperset(call.node.inputs) and {"weights", "bias"}.issuperset(
        call.node.weights
    )
    if kernel is None or shape is None or "input" not in call.node.inputs or not usual or len(call.outputs) != 1:
        return ()
    sizes = call.get("qkv_hidden_sizes") or (kernel[-1] // 3,) * 3
    if len(kernel) != 2 or len(shape) != 3 or sum(sizes) != kernel[-1] or call.get("do_rotary", 0):
        return ()
    steps = [Step("MatMul", {"A": "input", "B": "weights"}, "product")]
    if call.has("bias"):
        steps.append(Step("Add", {"A": "product", "B": "bias"}, "biased"))
    for at, name in enumerate(QKV):
        bounds = {"axes": (2,), "starts": (sum(sizes[:at]),), "ends": (sum(sizes[: at + 1]),)}
        steps.append(Step("Slice", {"data": steps[1 if call.has("bias") else 0].made}, name, bounds))
    if "mask_index" not in call.node.inputs:
        return written_out(call, (*steps, _weighed(call)))
    told = call.values.get(call.node.inputs["mask_index"])
    if told is None or told.shape is None or len(told.shape) != 2 or "attention_bias" in call.node.inputs:
        return ()
    steps.append(Step("Cast", {"input": "mask_index"}, "words", {"to": "bool"}))
    steps.append(Step("Unsqueeze", {"data": "words"}, "padding", {"axes": (1, 2)}))
    return written_out(call, (*steps, _weighed(call, mask="padding")))


def several_heads(call: Call) -> tuple[Draft, ...]:
    """Attention whose heads are side by side in the last axis; without a mask of keys or a cache."""
    given = call.node.inputs
    usual = {*QKV, "attention_bias"}.issuperset(given) and {"bias"}.issuperset(call.node.weights)
    shapes = [found.shape if (found := call.values.get(given.get(name, ""))) else None for name in QKV]
    widths = [shape[-1] for shape in shapes if shape is not None and len(shape) == 3]
    if not usual or len(widths) != 3 or not whole(*widths) or len(call.outputs) != 1:
        return ()
    sizes = [each for each in widths if isinstance(each, int)]
    bias = call.node.weights.get("bias")
    if bias is None:
        return written_out(call, (_weighed(call),))
    if call.weight_shape("bias") != (sum(sizes),):
        return ()
    drafts, names, values = list[Draft](), dict[str, str](), dict(call.values)
    for at, name in enumerate(QKV):
        rows = (sum(sizes[:at]), sum(sizes[: at + 1]))
        made = names[name] = f"{call.node.path}:{name}-biased"
        attributes = {"function": "add", "operand_shapes": ((sizes[at],),), "operand_axis": -1}
        weights = {"operand": Use(bias, "c", (rows,))}
        drafts.append(Draft("elementwise", attributes, (given[name],), (made,), weights, part=f"{name}-bias"))
        values[made] = Value(shapes[at], call.values[given[name]].dtype)
    node = replace(call.node, inputs={**given, **names}, weights={})
    rest = written_out(replace(call, node=node, values=values), (_weighed(call),))
    return (*drafts, *rest) if rest else ()


def _weighed(call: Call, mask: str = "attention_bias") -> Step:
    """ONNX's own attention."""
    heads = call.get("num_heads")
    settings = {"q_num_heads": heads, "kv_num_heads": heads, "is_causal": call.get("unidirectional", 0)}
    scale = call.get("scale", 0.0)
    inputs = dict(zip("QKV", QKV, strict=True)) | {"attn_mask": mask}
    return Step("Attention", inputs, "attention", settings | ({"scale": scale} if scale else {}))
