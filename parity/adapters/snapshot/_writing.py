"""Source graph -> text: one layer, call, value and weight a line, in the order of the model."""

import json
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from typing import Any

from parity._printable import UNPRINTABLE
from parity.adapters.snapshot._digests import Digests
from parity.adapters.snapshot._words import MARK, VERSION, plain
from parity.errors import UsageError
from parity.graph import Merged, Piece, SourceGraph

HEAD = (
    "framework", "format", "source", "producer", "evidence", "inputs", "outputs", "input_names", "ordered",
    "inference_only", "mode",
)  # fmt: skip
"""What is said of the model as a whole."""

SOMETIMES = ("output_names", "inputs_by_name", "outputs_by_name")
"""The same, where there is something to say."""


def encode(graph: SourceGraph, digests: Digests | None = None) -> str:
    """The snapshot of a model.

    Args:
        graph: as it was read.
        digests: what is kept of the elements of its tensors; None for nothing.

    Raises:
        UsageError: an attribute is of a type that a snapshot has no way to write.
    """
    try:
        head = {name: getattr(graph, name) for name in HEAD}
        head |= {name: found for name in SOMETIMES if (found := getattr(graph, name))}
        parts = [
            f'{{"{MARK}": {VERSION},\n"model": {_line(head)}',
            _array("layers", graph.layers),
            _array("containers", graph.containers),
            _array("calls", graph.nodes),
            _object("values", graph.values.items()),
            _object("weights", graph.weights.items()),
            _array("gaps", graph.gaps),
            *([_array("beside", graph.beside)] if graph.beside else []),
            *([_object("digests", digests.items())] if digests is not None else []),
        ]
    except TypeError as error:
        cause = "an attribute is of a type that a snapshot cannot hold"
        raise UsageError(f"cannot write a snapshot of {graph.source!r}", cause, found=str(error)) from error
    return ",\n".join(parts) + "}\n"


def _array(name: str, items: Iterable[Any]) -> str:
    lines = ",\n".join(_line(_record(each)) for each in items)
    return f'"{name}": [{chr(10) if lines else ""}{lines}]'


def _object(name: str, items: Iterable[tuple[str, Any]]) -> str:
    lines = ",\n".join(
        f"{_line(key)}: {_line(each if isinstance(each, dict) else _record(each, key))}" for key, each in items
    )
    return f'"{name}": {{{chr(10) if lines else ""}{lines}}}'


def _record(item: Any, key: str = "") -> dict[str, Any]:
    """The fields of an item that are not as they are by default; a name that is the key is not said again."""
    found = {each.name: getattr(item, each.name) for each in fields(item)}
    return {
        each.name: _records(found[each.name])
        for each in fields(item)
        if not _is_default(each, found[each.name])
        and not (key and each.name in {"name", "storage"} and found[each.name] == key)
    }


def _records(value: Any) -> Any:
    nested = isinstance(value, tuple) and value and isinstance(value[0], Merged | Piece)
    return tuple(_record(each) for each in value) if nested else value


def _is_default(found: Field[Any], value: Any) -> bool:
    if found.default is not MISSING:
        return type(value) is type(found.default) and bool(value == found.default)
    return found.default_factory is not MISSING and not value


def _line(value: Any) -> str:
    """A value in one line, without characters that hide or that UTF-8 has no bytes for."""
    text = json.dumps(plain(_named(value)), ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _named(value: Any) -> Any:
    """Enumerations by their value."""
    if isinstance(value, dict):
        return {key: _named(each) for key, each in value.items()}
    return value.value if isinstance(value, StrEnum) else value
