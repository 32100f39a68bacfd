"""Shapes of the values: as the file states them, and inferred where it does not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._inference import InferenceError, infer
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._sizes import FREE, Sizes
from parity.adapters.onnx._tensors import EXTERNAL, SMALL, dtype, is_real, text
from parity.graph import Dim, Gap, Value
from parity.sizes import factored

PLACEHOLDER = re.compile(r"unk__\d+")
"""What ONNX's own shape inference and tf2onnx call a size of which they know nothing."""


def values(
    model: Any, steps: Sequence[Step], constants: Mapping[str, Constant], sizes: Sizes = FREE
) -> tuple[dict[str, Value], tuple[Gap, ...]]:
    """Every value of the graph by name, and a gap if shapes could not be inferred.

    Args:
        model: the protobuf; it is not changed.
        steps: the nodes that stay in the graph.
        constants: stored tensors by name.
        sizes: what free sizes are.
    """
    graph = model.graph
    told = (*graph.value_info, *graph.output, *graph.input)
    stated = {text(info.name): _value(sizes.fixed(info)) for info in told}
    gaps: tuple[Gap, ...] = ()
    inferred: dict[str, Value] = {}
    if any(_lacks(stated, step) for step in steps):
        inferred, gaps = _inferred(model, steps, constants, sizes)
    found = {text(info.name): stated[text(info.name)] for info in graph.input if text(info.name) not in constants}
    for step in steps:
        for at, name in enumerate(step.outputs):
            if not name:
                continue
            found[name] = _best(stated.get(name), inferred.get(name), text(step.proto.op_type))
            if found[name].dtype is None:
                found[name] = replace(found[name], dtype=_type(step, at, found, constants))
    for info in graph.output:
        found.setdefault(text(info.name), stated[text(info.name)])
    return found, gaps


def _type(step: Step, output: int, found: Mapping[str, Value], constants: Mapping[str, Constant]) -> str | None:
    """The type that an output of a node has for what the operator is, whatever the shape: that of some input."""
    from onnx import defs

    op, domain = text(step.proto.op_type), text(step.proto.domain)
    if op == "Cast" and not domain:
        return next((dtype(each.i) for each in step.proto.attribute if text(each.name) == "to"), None)
    if domain or not defs.has(op):
        return None
    schema = defs.get_schema(op)
    kind = schema.outputs[min(output, len(schema.outputs) - 1)].type_str if schema.outputs else ""
    for at, name in enumerate(step.inputs):
        formal = schema.inputs[min(at, len(schema.inputs) - 1)] if schema.inputs else None
        constant, value = constants.get(name), found.get(name)
        told = dtype(constant.tensor.data_type) if constant is not None else value.dtype if value else None
        if formal is not None and formal.type_str == kind and told:
            return told
    return None


def _best(stated: Value | None, inferred: Value | None, op: str) -> Value:
    if stated is not None and stated.shape is not None:
        more = inferred.shape if inferred is not None else None
        if more is None or len(more) != len(stated.shape):
            return stated
        sizes = zip(stated.shape, more, strict=True)
        return replace(stated, shape=tuple(new if old is None else old for old, new in sizes))
    if inferred is not None:
        return replace(inferred, recorded=False)
    if stated is not None and stated.dtype is None:
        return stated
    kind = stated.dtype if stated else None
    return Value(None, kind, f"neither the file nor shape inference gives the output shape of {op}")


def _lacks(stated: Mapping[str, Value], step: Step) -> bool:
    """Whether the shape of an output is not stated, or a size of it; that of the batch need not be."""
    shapes = [stated[name].shape if name in stated else None for name in step.outputs if name]
    return any(shape is None or None in shape[1:] for shape in shapes)


def _value(info: Any) -> Value:
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        what = (kind or "value of an unstated type").removesuffix("_type").replace("_", " ")
        return Value(None, None, f"a {what}, not a tensor" if kind else "the file does not state its type")
    tensor = info.type.tensor_type
    if not tensor.HasField("shape"):
        return Value(None, dtype(tensor.elem_type), "the file does not state its shape")
    return Value(tuple(_dim(each) for each in tensor.shape.dim), dtype(tensor.elem_type))


def _dim(dim: Any) -> Dim:
    if dim.HasField("dim_value"):
        return int(dim.dim_value) if dim.dim_value >= 0 else None
    name = text(dim.dim_param)
    return None if not name or PLACEHOLDER.fullmatch(name) else factored(name).size


def _inferred(
    model: Any, steps: Sequence[Step], constants: Mapping[str, Constant], sizes: Sizes
) -> tuple[dict[str, Value], tuple[Gap, ...]]:
    """Shapes by ONNX's own inference, on a copy without the payloads of weights."""
    try:
        done = infer(_light(model, steps, constants, sizes))
    except InferenceError as error:
        reason = f"shape inference failed: {error}"
        return {}, (Gap("graph", reason, "run onnx.checker.check_model on the file"),)
    found = {text(info.name): _value(info) for info in (*done.value_info, *done.output)}
    return {name: value for name, value in found.items() if value.shape is not None}, ()


def _light(model: Any, steps: Sequence[Step], constants: Mapping[str, Constant], sizes: Sizes) -> Any:
    """A copy in which large stored tensors are inputs: their shapes count, their elements do not."""
    import onnx

    light = onnx.ModelProto(ir_version=model.ir_version)
    light.opset_import.extend(model.opset_import)
    graph = light.graph
    for name, each in constants.items():
        if _is_inline(each):
            tensor = graph.initializer.add()
            tensor.CopyFrom(each.tensor)
            tensor.name = name
            continue
        # ONNX would follow each number of such a vector, as if it were a shape, however many there are.
        shape = [None] if len(each.shape) == 1 and not is_real(each.tensor.data_type) else each.shape
        graph.input.append(onnx.helper.make_tensor_value_info(name, each.tensor.data_type, shape))
    inputs, told = (
        [sizes.fixed(each) for each in infos if text(each.name) not in constants]
        for infos in (model.graph.input, model.graph.value_info)
    )
    graph.input.extend(map(_sane, inputs))
    graph.output.extend(_sane(sizes.fixed(each)) for each in model.graph.output)
    graph.value_info.extend(map(_sane, told))
    graph.node.extend(step.proto for step in steps)
    for node in graph.node:
        _rename(node)
    return light


def _rename(node: Any) -> None:
    found = ALIKE.get(text(node.op_type))
    turned = any(text(each.name).startswith("trans") and each.i for each in node.attribute)
    if found is None or (turned and found[0] == "MatMul"):
        return
    try:
        node.input[:] = list(node.input)[found[1]]
    except UnicodeError:  # damaged names, which nothing is inferred of
        return
    node.op_type, node.domain = found[0], ""


ONLY, BOTH, EACH, ALL = slice(0, 1), slice(0, 4, 3), slice(2, None, 3), slice(None)
TWO, WORDS = slice(0, 2), slice(2, None, -2)
ALIKE = {
    "Erfc": ("Erf", ONLY),
    **{f"QLinear{op}": (op, ONLY) for op in ("AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax")},
    **{f"QLinear{op}": (op, BOTH) for op in ("Add", "Mul")},
    "QLinearConcat": ("Concat", EACH),
    "QGemm": ("Gemm", BOTH),
    "FusedGemm": ("Gemm", TWO),
    "FusedConv": ("Conv", TWO),
    "FusedMatMul": ("MatMul", TWO),
    **dict.fromkeys(("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "BiasGelu"), ("Add", TWO)),
    **dict.fromkeys(("FastGelu", "QuickGelu", "SimplifiedLayerNormalization"), ("Identity", ONLY)),
    "EmbedLayerNormalization": ("Gather", WORDS),
}
"""What ONNX's inference does not know: one that tf2onnx leaves in a file, and onnxruntime's own.

For each an operator that gives the same shape, where it turns no factor of a product, and which of the inputs it takes.
"""


def _sane(info: Any) -> Any:
    """What is said of a value, without sizes below 0."""
    if all(each.dim_value >= 0 for each in info.type.tensor_type.shape.dim):
        return info
    copy = type(info)()
    copy.CopyFrom(info)
    for each in copy.type.tensor_type.shape.dim:
        if each.dim_value < 0:
            each.ClearField("dim_value")
    return copy


def _is_inline(constant: Constant) -> bool:
    """Whether the tensor is small and has its elements with it."""
    tensor = constant.tensor
    if tensor.data_location == EXTERNAL or constant.numel > SMALL or tuple(tensor.dims) != constant.shape:
        return False
    return constant.numel == 0 or any(len(getattr(tensor, field)) for field in PAYLOADS)


PAYLOADS = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
