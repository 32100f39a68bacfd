"""The source text of an ONNX program, what onnxruntime computes for it, and one call at a time."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from differential.drawing import Op
from differential.onnx_elementwise import ELEMENTWISE
from differential.onnx_layers import LAYERS
from differential.onnx_quantised import QUANTISED
from differential.onnx_tensors import TENSORS
from differential.programs import Const, Node, Program, Refused

TABLE: Mapping[str, Op] = {op.key: op for op in (*ELEMENTWISE, *TENSORS, *LAYERS, *QUANTISED)}

DRAWN = """\
def drawn(shape, dtype, seed, how="normal"):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, 4, shape).astype(dtype)
    if np.dtype(dtype).kind == "b":
        return rng.random(shape) < 0.5
    return (rng.random(shape) + 0.5 if how == "positive" else rng.standard_normal(shape) * 0.7).astype(dtype)
"""

HEADER = f"""\
import numpy as np
from onnx import TensorProto, helper, numpy_helper


{DRAWN}

def value(name, dtype, shape=None):
    if dtype is None:
        return helper.make_empty_tensor_value_info(name)
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


def model(nodes, inputs, outputs, stored, opset, domains=(), functions=()):
    graph = helper.make_graph(
        nodes, "g", inputs, outputs, [numpy_helper.from_array(array, name) for name, array in stored.items()]
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(each, 1) for each in domains)]
    made = helper.make_model(graph, opset_imports=imports, functions=list(functions))
    made.ir_version = min(made.ir_version, 12 if opset > 20 else 8)
    return made
"""


def numbers(const: Const) -> str:
    """The source text of a stored tensor."""
    if const.is_weight:
        how = "" if const.how == "normal" else f", {const.how!r}"
        return f"drawn({const.shape}, {const.dtype!r}, {const.seed}{how})"
    if not const.shape:
        return f"np.array({const.values[0]!r}, {const.dtype!r})"
    flat = np.array(const.values, const.dtype).reshape(const.shape).tolist()
    return f"np.array({flat!r}, {const.dtype!r}).reshape({const.shape})"


def stored_name(node: Node, at: int, const: Const) -> str:
    """The name of a stored tensor; a weight's is that of its seed, so that two calls may share it."""
    if const.is_weight:
        return f"w{const.seed}_{'x'.join(map(str, const.shape))}"
    return f"c{node.id}_{at}"


def source(program: Program, name: str) -> str:
    """Assignments that make the model of a name."""
    nodes, stored, domains = [], {}, set()
    for node in program.nodes:
        nodes += _call(node, stored, domains)
    inputs = [_input(each, program) for each in program.inputs]
    names = program.options.get("types", {})
    outputs = [f"value({each!r}, {names.get(each)!r})" for each in program.outputs]
    listed = "".join(f"        {each},\n" for each in nodes)
    tensors = "".join(f"        {key!r}: {text},\n" for key, text in stored.items())
    functions = [_function(node) for node in program.nodes if node.settings.get("within")]
    more = f", {sorted(domains)!r}" if domains or functions else ""
    more += f", functions=[{', '.join(functions)}]" if functions else ""
    return (
        f"{name} = model(\n    [\n{listed}    ],\n    [{', '.join(inputs)}],\n    [{', '.join(outputs)}],\n"
        f"    {{\n{tensors}    }},\n    {program.options.get('opset', 18)}{more},\n)\n"
    )


def _function(node: Node) -> str:
    """A function of the file's own that makes one call."""
    op = TABLE[node.op]
    names = [f"a{at}" for at in range(len(node.inputs))]
    outs = [f"b{at}" for at in range(node.outputs)]
    settings = "".join(f", {name}={value!r}" for name, value in node.settings.items() if name != "within")
    opset = node.settings["within"]
    return (
        f"helper.make_function('own', 'F{node.id}', {names!r}, {outs!r}, "
        f"[helper.make_node({op.type!r}, {names!r}, {outs!r}{settings})], [helper.make_opsetid('', {opset})])"
    )


def _input(each: Any, program: Program) -> str:
    shape = [f"N{at}" if at in each.free else size for at, size in enumerate(each.shape)]
    return f"value({each.name!r}, {each.dtype!r}, {shape!r})"


def _call(node: Node, stored: dict[str, str], domains: set[str]) -> list[str]:
    op = TABLE[node.op]
    operands, lines = [], []
    for at, each in enumerate(node.inputs):
        if isinstance(each, Const):
            key = stored_name(node, at, each)
            if each.place == "initializer":
                stored[key] = numbers(each)
                operands.append(key)
            elif each.place == "identity":
                stored[key] = numbers(each)
                lines.append(f"helper.make_node('Identity', [{key!r}], ['i{node.id}_{at}'])")
                operands.append(f"i{node.id}_{at}")
            else:
                lines.append(
                    f"helper.make_node('Constant', [], ['k{node.id}_{at}'], value=numpy_helper.from_array({numbers(each)}))"
                )
                operands.append(f"k{node.id}_{at}")
        else:
            operands.append(each or "")
    settings = "".join(f", {name}={value!r}" for name, value in node.settings.items())
    if node.settings.get("within"):
        domains.add("own")
        return [*lines, f"helper.make_node('F{node.id}', {operands!r}, {list(node.names())!r}, domain='own')"]
    domain = op.more.get("domain")
    if domain:
        domains.add(domain)
        settings += f", domain={domain!r}"
    lines.append(f"helper.make_node({op.type!r}, {operands!r}, {list(node.names())!r}{settings})")
    return lines


@cache
def _header() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(HEADER, names)  # noqa: S102  the text that a finding prints is the one that is run
    return names


def build(program: Program) -> Any:
    """The model."""
    names = dict(_header())
    if any(map(_has_other_sizes, program.nodes)):
        raise Refused("onnxruntime pads windows with gaps otherwise than it tells")
    try:
        exec(source(program, "made"), names)  # noqa: S102  the text that a finding prints is the one that is run
    except ValueError as error:  # an empty list of numbers has no type
        raise Refused(str(error)) from error
    return names["made"]


def _has_other_sizes(node: Node) -> bool:
    """Whether a runtime gives another size than inference tells, so that what is read of it is not sound."""
    same = str(node.settings.get("auto_pad", "")).startswith("SAME")
    return same and "Pool" in node.op and any(each > 1 for each in node.settings.get("dilations") or ())


def session(model: Any) -> Any:
    """What runs a model without changing it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise Refused(str(error)) from error


def compute(running: Any, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What a session gives."""
    wanted = {each.name for each in running.get_inputs()}
    try:
        return [
            np.asarray(each) for each in running.run(None, {name: a for name, a in arrays.items() if name in wanted})
        ]
    except Exception as error:
        raise Refused(str(error)) from error


def step(node: Node, values: Mapping[str, np.ndarray], options: Mapping[str, Any]) -> list[np.ndarray]:
    """What one call gives."""
    from differential.programs import Input

    used = dict.fromkeys(node.values())
    inputs = tuple(Input(name, values[name].shape, str(values[name].dtype)) for name in used)
    program = Program(inputs, (node,), node.names(), options)
    return compute(session(build(program)), values)


def run(model: Any, arrays: Sequence[Mapping[str, np.ndarray]]) -> list[Any]:
    """What the model gives for each of several feeds: a list of arrays, or the sentence of a refusal."""
    running = session(model)
    found: list[Any] = []
    for each in arrays:
        try:
            found.append(compute(running, each))
        except Refused as error:
            found.append(error)
    return found
