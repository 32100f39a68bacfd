"""Expressions as code that people read and run: numpy, PyTorch, Keras."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parity.graph import Window
from parity.transfer._calculated import FoldedBias, FoldedKernel, Lengths, Normalised
from parity.transfer._expression import (
    Concat,
    Expression,
    Filled,
    Literal,
    Permute,
    Reshape,
    Scale,
    Select,
    Slice,
    Sum,
    Take,
)
from parity.transfer._precomputed import Evaluated

DIALECTS = ("numpy", "torch", "keras")

Leaf = Callable[[str], str]


def code(expression: Expression, dialect: str = "numpy", leaf: Leaf | None = None) -> str:
    """An expression as a line of code.

    Args:
        expression: what is printed.
        dialect: ``numpy``, ``torch`` or ``keras``.
        leaf: how a stored tensor is spelled; by default as an item of a mapping called ``weights``.
    """
    name = leaf or (lambda each: f"weights[{each!r}]")
    parts = [code(part, dialect, name) for part in expression.parts]
    if isinstance(expression, Take):
        return name(expression.name)
    return WRITERS[type(expression)](expression, parts, dialect)


def _called(dialect: str, name: str, *arguments: str) -> str:
    home = {"numpy": "np", "torch": "torch", "keras": "keras.ops"}[dialect]
    return f"{home}.{name}({', '.join(arguments)})"


def _filled(each: Any, _: Sequence[str], dialect: str) -> str:
    if each.value in {0.0, 1.0}:
        return _called(dialect, "ones" if each.value else "zeros", str(each.shape), *_single(dialect))
    return _called(dialect, "full", str(each.shape), repr(each.value), *_single(dialect))


def _single(dialect: str) -> tuple[str, ...]:
    return ("np.float32",) if dialect == "numpy" else ()


def _literal(each: Any, _: Sequence[str], dialect: str) -> str:
    made = {"numpy": "np.array", "torch": "torch.tensor", "keras": "keras.ops.array"}[dialect]
    text = f"{made}({list(each.numbers)})"
    return text if len(each.shape) == 1 else _reshaped(text, each.shape, dialect)


def _permuted(each: Any, parts: Sequence[str], dialect: str) -> str:
    if dialect == "keras":
        return _called(dialect, "transpose", parts[0], str(each.order))
    return f"{parts[0]}.{'permute' if dialect == 'torch' else 'transpose'}({', '.join(map(str, each.order))})"


def _reshaped(text: str, shape: Sequence[int], dialect: str) -> str:
    if dialect == "keras":
        return _called(dialect, "reshape", text, str(tuple(shape)))
    return f"{text}.reshape({', '.join(map(str, shape)) or '()'})"


def _box(window: Window, shape: Sequence[int]) -> str:
    sides = [
        ":" if each == (0, size) else f"{each[0] or ''}:{each[1] if each[1] != size else ''}"
        for each, size in zip(window, shape, strict=True)
    ]
    while len(sides) > 1 and sides[-1] == ":":
        sides.pop()
    return f"[{', '.join(sides)}]"


def _selected(each: Any, parts: Sequence[str], dialect: str) -> str:
    if dialect == "keras":
        return _called(dialect, "take", parts[0], str(list(each.places)), f"axis={each.axis}")
    return f"{parts[0]}[{':, ' * each.axis}{list(each.places)}]"


def _joined(each: Any, parts: Sequence[str], dialect: str) -> str:
    name = "cat" if dialect == "torch" else "concatenate"
    return _called(dialect, name, f"[{', '.join(parts)}]", *([str(each.axis)] if each.axis else []))


def _root(parts: Sequence[str], epsilon: float) -> str:
    return f"({parts[0]} / ({parts[1]} + {epsilon!r}) ** 0.5)"


def _kernel(each: Any, parts: Sequence[str], dialect: str) -> str:
    sizes = tuple(-1 if axis == each.axis else 1 for axis in range(len(each.shape)))
    return f"({parts[0]} * {_reshaped(_root((parts[2], parts[1]), each.epsilon), sizes, dialect)})"


def _bias(each: Any, parts: Sequence[str], _: str) -> str:
    return f"(({parts[0]} - {parts[1]}) * {_root((parts[3], parts[2]), each.epsilon)} + {parts[4]})"


def _lengths(kernel: str, axes: Sequence[int], dialect: str) -> str:
    if dialect == "keras":
        return f"keras.ops.sum({kernel} ** 2, {tuple(axes)}, keepdims=True) ** 0.5"
    kept = "keepdim" if dialect == "torch" else "keepdims"
    return f"({kernel} ** 2).sum({tuple(axes)}, {kept}=True) ** 0.5"


WRITERS: Mapping[type, Callable[[Any, Sequence[str], str], str]] = {
    Filled: _filled,
    Literal: _literal,
    Permute: _permuted,
    Reshape: lambda each, parts, dialect: _reshaped(parts[0], each.shape, dialect),
    Slice: lambda each, parts, _: parts[0] + _box(each.window, each.parts[0].shape),
    Select: _selected,
    Concat: _joined,
    Sum: lambda _, parts, __: f"({' + '.join(parts)})",
    Scale: lambda each, parts, _: f"({each.factor!r} * {parts[0]})",
    FoldedKernel: _kernel,
    FoldedBias: _bias,
    Evaluated: lambda _, parts, __: f"computed({', '.join(dict.fromkeys(parts))})",
    Lengths: lambda each, parts, dialect: f"({_lengths(parts[0], each.axes, dialect)})",
    Normalised: lambda each, parts, dialect: f"({parts[0]} * ({parts[1]} / {_lengths(parts[0], each.axes, dialect)}))",
}
