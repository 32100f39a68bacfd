"""Python's brackets as Keras writes them down: ranges, single positions, new axes and dots."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Call, Draft
from parity.kinds._operands import Operands
from parity.kinds.shape.reshape import to
from parity.kinds.source._ranges import shape as shape_of
from parity.kinds.source._ranges import sliced


def keras(call: Call) -> tuple[Draft, ...]:
    """Python's brackets: ranges, then single positions, then new axes."""
    key, shape = call.get("1", call.get("key")), call.shape()
    parts = list(key) if isinstance(key, tuple) else [key]
    dots = [at for at, part in enumerate(parts) if _name(part) == "__ellipsis__" or part is Ellipsis]
    if len(dots) > 1 or (dots and shape is None) or len(call.inputs) != 1:
        return ()
    if dots:
        taken = sum(part is not None for part in parts) - 1
        parts[dots[0] : dots[0] + 1] = [_WHOLE] * (len(shape or ()) - taken)
    if not all(part is None or type(part) is int or _name(part) == "__slice__" for part in parts):
        return ()
    return _brackets(call, parts, shape)


_WHOLE: Mapping[str, Any] = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}


def _name(part: Any) -> Any:
    return part.get("class_name") if isinstance(part, Mapping) else None


def _brackets(call: Call, parts: Sequence[Any], shape: Shape | None) -> tuple[Draft, ...]:
    own = [part for part in parts if part is not None]
    ranges = {at: part["config"] for at, part in enumerate(own) if type(part) is not int}
    limits = {at: (each.get("start"), each.get("stop"), each.get("step")) for at, each in ranges.items()}
    numbers = [(at, part) for at, part in enumerate(own) if type(part) is int]
    steps: list[tuple[str, dict[str, Any]]] = []
    cut = sliced(Operands(call.inputs[:1], {}, {}, (shape,)), call, limits)
    if cut is not None:
        steps.append((cut.kind, dict(cut.attributes)))
        (shape,) = shape_of(cut.attributes, [shape])
    for at, index in reversed(numbers):
        steps.append(("select", {"axis": at, "index": index}))
        shape = None if shape is None else (*shape[:at], *shape[at + 1 :])
    kept = [part for part in parts if type(part) is not int]
    if None in kept:
        after = shape if shape is None else _widened(shape, kept)
        if after is None:
            return ()
        steps.append(("reshape", to(shape, after)))
    return _chain(call, steps)


def _widened(shape: Shape, parts: Sequence[Any]) -> Shape:
    sizes = iter(shape)
    return (*(1 if part is None else next(sizes) for part in parts), *sizes)


def _chain(call: Call, steps: Sequence[tuple[str, dict[str, Any]]]) -> tuple[Draft, ...]:
    if not steps:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    names = [call.inputs[:1], *((f"{call.node.path}:step-{at}",) for at in range(len(steps) - 1)), call.outputs[:1]]
    return tuple(
        Draft(kind, attributes, names[at], names[at + 1], part=str(at) if len(steps) > 1 else "")
        for at, (kind, attributes) in enumerate(steps)
    )
