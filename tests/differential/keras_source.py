"""The source text of a functional Keras program, and what Keras computes for it."""

import string
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from differential.drawing import Draw, Op
from differential.keras_functions import FUNCTIONS
from differential.keras_layers import LAYERS
from differential.onnx_source import DRAWN
from differential.programs import Node, Program, Refused

TABLE: Mapping[str, Op] = {op.key: op for op in (*LAYERS, *FUNCTIONS)}

HEADER = f"""\
import keras
import numpy as np


{DRAWN}

def fill(layer, seed):
    for at, weight in enumerate(layer.weights):
        if "float" in str(weight.dtype):
            how = "positive" if "variance" in weight.path else "normal"
            weight.assign(drawn(tuple(weight.shape), "float32", seed + at, how))
"""

RAW = {"index"}


def source(program: Program, name: str) -> str:
    """Statements that make the functional model of a name."""
    made: set[str] = set()
    lines = [line for node in program.nodes for line in _call(node, made)]
    batch = "" if program.options.get("free", True) else ", batch_size={}"
    inputs = [
        f"{each.name} = keras.Input({each.shape[1:]!r}, dtype={each.dtype!r}, name={each.name!r}{batch.format(each.shape[0])})\n"
        for each in program.inputs
    ]
    given, result = ", ".join(each.name for each in program.inputs), ", ".join(program.outputs)
    text = "".join(f"{each}\n" for each in lines)
    return f"{''.join(inputs)}{text}{name} = keras.Model([{given}], [{result}])\n\n"


def _operand(each: Any) -> str:
    return repr(each.values[0]) if hasattr(each, "values") else str(each)


def _call(node: Node, made: set[str]) -> list[str]:
    op = TABLE[node.op]
    operands = [_operand(each) for each in node.inputs]
    settings = {name: value if name in RAW else repr(value) for name, value in node.settings.items()}
    targets = ", ".join(node.names())
    if not op.more.get("layer"):
        return [f"{targets} = {_function(op, operands, settings)}"]
    held, lines = f"m{node.seed}", []
    if held not in made:
        made.add(held)
        lines.append(f"{held} = {_layer(op, settings)}")
    arguments = "".join(
        f", {name.removeprefix('call.')}={value}" for name, value in settings.items() if name.startswith("call.")
    )
    if "call" in op.more:
        at = {name.removeprefix("call."): value for name, value in settings.items() if name.startswith("call.")}
        return [*lines, f"{targets} = {held}({op.more['call'].format(*operands, **at)})", f"fill({held}, {node.seed})"]
    given = f"[{', '.join(operands)}]" if op.more.get("list") else ", ".join(operands)
    return [*lines, f"{targets} = {held}({given}{arguments})", f"fill({held}, {node.seed})"]


def _layer(op: Op, settings: Mapping[str, str]) -> str:
    template = op.more.get("make", f"keras.{op.type}({{kw}})")
    fields = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    given = ", ".join(
        f"{name}={value}" for name, value in settings.items() if name not in fields and not name.startswith("call.")
    )
    return template.format(kw=given, **{name: settings.get(name, "None") for name in fields if name != "kw"})


def _function(op: Op, operands: Sequence[str], settings: Mapping[str, str]) -> str:
    template = op.more.get("text") or f"keras.{op.type}({{all}}{{kw}})"
    fields = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    given = ", ".join(f"{name}={value}" for name, value in settings.items() if name not in fields)
    return template.format(*operands, kw=given, all=", ".join(operands) + (", " if given else ""), **settings)


@cache
def _header() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(HEADER, names)  # noqa: S102  the text that a finding prints is the one that is run
    return names


def build(program: Program) -> Any:
    """The model."""
    names = dict(_header())
    names["keras"].utils.clear_session(free_memory=False)
    try:
        exec(source(program, "made"), names)  # noqa: S102  the text that a finding prints is the one that is run
    except Exception as error:
        raise Refused(str(error)) from error
    return names["made"]


def flat(outputs: Any) -> list[np.ndarray]:
    """What a model gives, as arrays."""
    found = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(each) for each in found]


def step(node: Node, values: Mapping[str, np.ndarray], _options: Mapping[str, Any]) -> list[np.ndarray]:
    """What one call gives, made at once."""
    names = dict(_header())
    names.update({name: names["keras"].ops.convert_to_tensor(values[name]) for name in node.values()})
    lines = _call(node, set())
    if lines[-1].startswith("fill("):
        lines.append(lines[-2])  # a layer has its weights since its first call, and their numbers after it
    try:
        exec("\n".join(lines), names)  # noqa: S102  the text that a finding prints is the one that is run
        return [np.asarray(names[each]) for each in node.names()]
    except Exception as error:
        raise Refused(str(error)) from error


def run(model: Any, feeds: Sequence[Mapping[str, np.ndarray]]) -> list[Any]:
    """What the model gives for each of several feeds, or the refusal."""
    found: list[Any] = []
    for each in feeds:
        try:
            found.append(flat(model(list(each.values()))))
        except Exception as error:
            found.append(Refused(str(error)))
    return found


def options(draw: Draw) -> dict[str, Any]:
    """Whether the batch is free, as it mostly is."""
    return {"free": draw.chance(0.8)}
