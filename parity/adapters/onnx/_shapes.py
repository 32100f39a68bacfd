"""Shapes of the values: as the file states them, and inferred where it does not."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._tensors import EXTERNAL, SMALL, dtype, text
from parity.graph import Dim, Gap, Value

PLACEHOLDER = re.compile(r"unk__\d+")
"""What ONNX's own shape inference and tf2onnx call a size of which they know nothing."""


def values(
    model: Any, steps: Sequence[Step], constants: Mapping[str, Constant]
) -> tuple[dict[str, Value], tuple[Gap, ...]]:
    """Every value of the graph by name, and a gap if shapes could not be inferred.

    Args:
        model: the protobuf; it is not changed.
        steps: the nodes that stay in the graph.
        constants: stored tensors by name.
    """
    graph = model.graph
    stated = {text(info.name): _value(info) for info in (*graph.value_info, *graph.output, *graph.input)}
    gaps: tuple[Gap, ...] = ()
    inferred: dict[str, Value] = {}
    if any(_lacks(stated, step) for step in steps):
        inferred, gaps = _inferred(model, steps, constants)
    found = {text(info.name): stated[text(info.name)] for info in graph.input if text(info.name) not in constants}
    for step in steps:
        for name in filter(None, step.outputs):
            found[name] = _best(stated.get(name), inferred.get(name), text(step.proto.op_type))
    for info in graph.output:
        found.setdefault(text(info.name), stated[text(info.name)])
    return found, gaps


def _best(stated: Value | None, inferred: Value | None, op: str) -> Value:
    if stated is not None and (stated.shape is not None or stated.dtype is None):
        return stated
    kind = stated.dtype if stated else None
    return inferred or Value(None, kind, f"neither the file nor shape inference tells the shape of what {op} gives")


def _lacks(stated: Mapping[str, Value], step: Step) -> bool:
    return any(name and (name not in stated or stated[name].shape is None) for name in step.outputs)


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
    return None if not name or PLACEHOLDER.fullmatch(name) else name


def _inferred(
    model: Any, steps: Sequence[Step], constants: Mapping[str, Constant]
) -> tuple[dict[str, Value], tuple[Gap, ...]]:
    """Shapes by ONNX's own inference, on a copy without the payloads of weights."""
    from onnx import shape_inference

    light = _light(model, steps, constants)
    try:
        done = shape_inference.infer_shapes(light, check_type=False, strict_mode=False, data_prop=True)
    except (shape_inference.InferenceError, RuntimeError, ValueError) as error:
        reason = f"shape inference failed: {' '.join(str(error).split())[:200]}"
        return {}, (Gap("graph", reason, "run onnx.checker.check_model on the file"),)
    found = {text(info.name): _value(info) for info in (*done.graph.value_info, *done.graph.output)}
    return {name: value for name, value in found.items() if value.shape is not None}, ()


def _light(model: Any, steps: Sequence[Step], constants: Mapping[str, Constant]) -> Any:
    """A copy in which large stored tensors are inputs: their shapes count, their elements do not."""
    import onnx

    light = onnx.ModelProto(ir_version=model.ir_version)
    light.opset_import.extend(model.opset_import)
    light.functions.extend(model.functions)
    graph = light.graph
    for name, each in constants.items():
        if _is_inline(each):
            tensor = graph.initializer.add()
            tensor.CopyFrom(each.tensor)
            tensor.name = name
        else:
            graph.input.append(onnx.helper.make_tensor_value_info(name, each.tensor.data_type, each.shape))
    graph.input.extend(each for each in model.graph.input if text(each.name) not in constants)
    graph.output.extend(model.graph.output)
    graph.value_info.extend(each for each in model.graph.value_info if text(each.name) not in constants)
    graph.node.extend(step.proto for step in steps)
    return light


def _is_inline(constant: Constant) -> bool:
    """Whether the tensor is small and has its elements with it."""
    tensor = constant.tensor
    if tensor.data_location == EXTERNAL or constant.numel > SMALL or tuple(tensor.dims) != constant.shape:
        return False
    return constant.numel == 0 or any(len(getattr(tensor, field)) for field in PAYLOADS)


PAYLOADS = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
