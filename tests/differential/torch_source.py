"""The source text of a PyTorch program, and what PyTorch computes for it."""

import string
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from differential.drawing import Draw, Op
from differential.onnx_source import DRAWN
from differential.programs import Input, Node, Program, Refused
from differential.torch_functions import FUNCTIONS
from differential.torch_modules import MODULES
from differential.torch_more import MORE

TABLE: Mapping[str, Op] = {op.key: op for op in (*MODULES, *FUNCTIONS, *MORE)}

HEADER = f"""\
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

{DRAWN}

def filled(module, seed, frozen=False):
    with torch.no_grad():
        for at, (name, tensor) in enumerate((*module.named_parameters(), *module.named_buffers())):
            if tensor.is_floating_point():
                how = "positive" if "var" in name else "normal"
                tensor.copy_(torch.tensor(drawn(tuple(tensor.shape), "float32", seed + at, how)))
    return module.requires_grad_(not frozen)


def parameter(*given):
    return nn.Parameter(torch.tensor(drawn(*given)))
"""

RAW = {"index", "dtype", "step"}
"""Settings whose text is source text."""


def source(program: Program, name: str) -> str:
    """A class, and an instance of it in the mode of inference."""
    made: dict[str, str] = {}
    lines = [line for node in program.nodes for line in _call(node, made)]
    title = name.capitalize()
    stored = "".join(f"        {each}\n" for each in made.values())
    body = "".join(f"        {each}\n" for each in lines)
    given = ", ".join(each.name for each in program.inputs)
    result = ", ".join(program.outputs)
    return (
        f"class {title}(nn.Module):\n    def __init__(self):\n        super().__init__()\n{stored}\n"
        f"    def forward(self, {given}):\n{body}        return {result}\n\n\n{name} = {title}().eval()\n"
    )


def _operand(node: Node, at: int, each: Any, made: dict[str, str]) -> str:
    if each is None or isinstance(each, str):
        return str(each)
    if each.is_weight:
        key = f"w{each.seed}_{'x'.join(map(str, each.shape))}"
        text = f"{each.shape}, {each.dtype!r}, {each.seed}"
        made[key] = (f"self.register_buffer({key!r}, torch.tensor(drawn({text}, 'positive')))" if each.how == "positive"
                     else f"self.{key} = parameter({text})")  # fmt: skip
        return f"self.{key}"
    if not each.shape:
        return repr(each.values[0])
    key = f"c{node.id}_{at}"
    values = np.array(each.values, each.dtype).reshape(each.shape).tolist()
    made[key] = f"self.register_buffer({key!r}, torch.tensor({values!r}))"
    return f"self.{key}"


def _call(node: Node, made: dict[str, str]) -> list[str]:
    op = TABLE[node.op]
    operands = [_operand(node, at, each, made) for at, each in enumerate(node.inputs)]
    settings = {
        name: value if name in RAW else repr(value) for name, value in node.settings.items() if name != "frozen"
    }
    if op.more.get("module"):
        held = f"m{node.seed}"
        given = ", ".join(f"{name}={value}" for name, value in settings.items())
        frozen = ", frozen=True" if node.settings.get("frozen") else ""
        made[held] = f"self.{held} = filled({op.type}({given}), {node.seed}{frozen})"
        called = op.more.get("call")
        text = f"self.{held}({called.format(*operands) if called else ', '.join(operands)})"
    else:
        text = _function(op, operands, settings)
    return [f"{_targets(node, op)} = {text}"]


def _targets(node: Node, op: Op) -> str:
    unpack = op.more.get("unpack")
    if unpack == "list" or (unpack is None and node.outputs > 1):
        return ", ".join(node.names()) + ("," if node.outputs == 1 else "")
    return str(unpack).format(*node.names()) if unpack else node.names()[0]


def _function(op: Op, operands: Sequence[str], settings: Mapping[str, str]) -> str:
    template = op.more.get("text") or (
        "{0}" + op.type + "({others}{kw})" if op.type.startswith(".") else op.type + "({all}{kw})"
    )
    fields = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    given = ", ".join(f"{name}={value}" for name, value in settings.items() if name not in fields)
    rest = [each for at, each in enumerate(operands) if str(at) not in fields]
    comma = ", " if given else ""
    return template.format(
        *operands, kw=given, all=", ".join(operands) + comma, others=", ".join(operands[1:]) + (comma if operands[1:] else ""),
        rest="".join(f"{each}, " for each in rest), **settings,
    )  # fmt: skip


@cache
def _header() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(HEADER, names)  # noqa: S102  the text that a finding prints is the one that is run
    return names


def build(program: Program) -> Any:
    """The module."""
    names = dict(_header())
    try:
        exec(source(program, "made"), names)  # noqa: S102  the text that a finding prints is the one that is run
    except Exception as error:
        raise Refused(str(error)) from error
    return names["made"]


def flat(outputs: Any) -> list[np.ndarray]:
    """What a module gives, as arrays."""
    found = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [each.detach().numpy() for each in found]


def compute(module: Any, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What a module gives for a feed."""
    import torch

    torch.manual_seed(int(np.random.default_rng().integers(1 << 30)))
    try:
        with torch.no_grad():
            return flat(module(*(torch.from_numpy(np.array(each)) for each in arrays)))
    except Exception as error:
        raise Refused(str(error)) from error


def step(node: Node, values: Mapping[str, np.ndarray], options: Mapping[str, Any]) -> list[np.ndarray]:
    """What one call gives."""
    used = dict.fromkeys(node.values())
    inputs = tuple(Input(name, values[name].shape, str(values[name].dtype)) for name in used)
    return compute(build(Program(inputs, (node,), node.names(), options)), [values[name] for name in used])


def run(module: Any, feeds: Sequence[Mapping[str, np.ndarray]]) -> list[Any]:
    """What the module gives for each of several feeds, or the refusal."""
    found: list[Any] = []
    for each in feeds:
        try:
            found.append(compute(module, list(each.values())))
        except Refused as error:
            found.append(error)
    return found


def options(_: Draw) -> dict[str, Any]:
    """None."""
    return {}
