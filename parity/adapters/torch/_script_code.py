"""The Python-like text in a TorchScript archive: which attributes of a class are parameters, and what its settings are.

The text is looked at line by line; nothing of it is compiled.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST = 4096
"""Characters of a line or call that is looked at."""

CLASS = re.compile(r"class ([^(:\s]+)\(Module\):")
NAMES = re.compile(r"  __(parameters|buffers)__ = \[(.*)\]")
FINAL = re.compile(r"  (\w+) : Final\[.*\] = (.*)")
QUOTED = re.compile(r'"([^"]*)"')
CALL = re.compile(r"\btorch\.(\w+)\(")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "_convolution": ("", "", "", "stride", "padding", "dilation", "transposed", "output_padding", "groups"),
    "linear": ("", "", ""),
    "batch_norm": ("", "", "", "", "", "", "momentum", "eps"),
    "layer_norm": ("", "normalized_shape", "", "", "eps"),
    "group_norm": ("", "num_groups", "", "", "eps"),
    "embedding": ("", "", "padding_idx"),
    "dropout": ("", "p"),
    "softmax": ("", "dim"),
    "log_softmax": ("", "dim"),
    "flatten": ("", "start_dim", "end_dim"),
    "leaky_relu": ("", "negative_slope"),
    "adaptive_avg_pool1d": ("", "output_size"),
    "adaptive_avg_pool2d": ("", "output_size"),
    "max_pool1d": ("", "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "max_pool2d": ("", "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "avg_pool2d": ("", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
}
"""The settings of a module that a traced call of one operator shows, by place; "" stands for what is no setting."""

FLAGS = {"batch_norm": 5, "dropout": 2, "feature_dropout": 2, "alpha_dropout": 2, "feature_alpha_dropout": 2}
"""The place of the argument that says whether an operator is called in training; scripted code has no literal there."""

STATISTICS = 3
"""The place of a batch normalisation's stored mean; without one it is the same in either mode."""

WITHOUT_SETTINGS = frozenset(
    {
        "Identity",
        "ReLU",
        "ReLU6",
        "Sigmoid",
        "Tanh",
        "SiLU",
        "Mish",
        "Hardswish",
        "Hardsigmoid",
        "LogSigmoid",
        "Softsign",
    }
)
"""Classes of ``torch.nn`` that compute the same whatever they are made with."""


@dataclass(slots=True)
class Class:
    """What the text says of a class: ``settings`` are its constants, ``forward`` is the text of that method."""

    parameters: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    forward: str = ""

    def modes(self) -> Iterator[bool]:
        """The modes that a trace has fixed: the flags of operators that do something else in training."""
        for call in CALL.finditer(self.forward):
            place = FLAGS.get(call[1])
            given = list(_arguments(self.forward[call.end() :])) if place is not None else []
            stateless = call[1] == "batch_norm" and given[STATISTICS : STATISTICS + 1] == [" None"]
            if place is None or stateless or len(given) <= place:
                continue
            if isinstance(flag := _literal(given[place]), bool):
                yield flag

    def traced(self) -> dict[str, Any] | None:
        """The settings that a forward of one single operator shows, or None where it cannot be told."""
        calls = [*CALL.finditer(self.forward)]
        names = OPERATORS.get(calls[0][1]) if len(calls) == 1 else None
        if names is None or len(self.forward) > LONGEST:
            return None
        given = list(_arguments(self.forward[calls[0].end() :]))
        found = {name: _literal(text) for name, text in zip(names, given, strict=False) if name}
        if any(value is _UNTOLD for value in found.values()) or found.get("momentum") == 0:  # 0 may have been None
            return None
        if found.get("padding_idx") == -1:
            found["padding_idx"] = None
        return found


def classes(text: str) -> dict[str, Class]:
    """All modules that a text defines, by name."""
    found: dict[str, Class] = {}
    current: Class | None = None
    inside = ""
    for line in text.splitlines():
        if not line.startswith(" "):
            head = CLASS.match(line[:LONGEST])
            current = found.setdefault(head[1], Class()) if head else None
        elif current is not None and line.startswith("  def "):
            inside = line[6:].partition("(")[0]
        elif current is not None and line.startswith("   "):
            current.forward += f"{line}\n" if inside == "forward" and len(current.forward) <= LONGEST else ""
        elif current is not None and len(line) <= LONGEST:
            _declare(current, line)
    return found


def _declare(into: Class, line: str) -> None:
    names, final = NAMES.fullmatch(line), FINAL.fullmatch(line)
    if names and names[1] == "parameters":
        into.parameters = tuple(QUOTED.findall(names[2]))
    elif names:
        into.buffers = tuple(QUOTED.findall(names[2]))
    elif final and (value := _literal(final[2])) is not _UNTOLD:
        into.settings[final[1]] = value


_UNTOLD = object()


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return _UNTOLD
    return tuple(value) if isinstance(value, list) else value


def _arguments(text: str) -> Iterator[str]:
    """The arguments of a call, up to its closing bracket."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        if depth < 0 or (letter == "," and not depth):
            yield text[begin:place]
            begin = place + 1
        if depth < 0:
            return
