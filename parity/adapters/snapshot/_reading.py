"""Text of a snapshot -> source graph, where everything is as it must be."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import prod
from typing import Any, TypeVar

from parity.adapters.snapshot._words import MARK, VERSION, python
from parity.errors import UnreadableModel
from parity.graph import (
    Axes,
    Census,
    Container,
    Evidence,
    Framework,
    Gap,
    Merged,
    Mode,
    Piece,
    Shape,
    SourceGraph,
    SourceLayer,
    SourceNode,
    Value,
    Weight,
    Window,
)
from parity.store import TensorStore

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
REMEDY = "write it again with parity snapshot"


class _Malformed(Exception):
    """Something is not as a snapshot has it."""


def decode(text: bytes, where: str) -> SourceGraph:
    """Read a snapshot of any version that there has been.

    Raises:
        UnreadableModel: it is none, or broken.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        cause = "its JSON is broken"
        raise UnreadableModel(where, cause, found=str(error)[:80], remedy=REMEDY) from error
    version = data.get(MARK) if isinstance(data, dict) else None
    if type(version) is not int or version not in READERS:
        later = type(version) is int and version > VERSION
        cause = "it was written by a later version of parity" if later else "it is not a snapshot of a known version"
        remedy = "update parity" if later else REMEDY
        raise UnreadableModel(where, cause, found=repr(version)[:40], remedy=remedy)
    try:
        return READERS[version](data)
    except (_Malformed, RecursionError) as error:
        cause = "it is broken"
        raise UnreadableModel(
            where, cause, found=str(error)[:120] or "too many levels of nesting", remedy=REMEDY
        ) from error


class _Record:
    """An object of the file: gives fields of the type that is asked for, and knows what it is for messages."""

    def __init__(self, data: Any, what: str) -> None:
        if not isinstance(data, dict):
            raise _Malformed(f"{what} is not an object")
        self.data, self.what, self.left = data, what, set(data)

    def get(self, key: str, default: Any = None) -> Any:
        self.left.discard(key)
        return self.data.get(key, default)

    def need(self, key: str, kind: type[T], default: T | None = None) -> T:
        value = self.get(key, default)
        if type(value) is not kind:
            raise _Malformed(f"{key} of {self.what} is not of type {kind.__name__}")
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        value = self.get(key)
        if value not in [each.value for each in kind]:
            raise _Malformed(f"{key} of {self.what} is {str(value)[:40]!r}")
        return kind(value)

    def names(self, key: str) -> tuple[str, ...]:
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _Malformed(f"{key} of {self.what} is not a list of names")
        return tuple(value)

    def by_name(self, key: str) -> dict[str, str]:
        value = self.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise _Malformed(f"{key} of {self.what} holds something other than names")
        return value

    def each(self, key: str, make: Callable[["_Record"], T]) -> tuple[T, ...]:
        value = self.get(key, [])
        if not isinstance(value, list):
            raise _Malformed(f"{key} of {self.what} is not a list")
        return tuple(made(make, _Record(each, f"{key} {at + 1}")) for at, each in enumerate(value))

    def each_named(self, key: str, make: Callable[["_Record", str], T]) -> dict[str, T]:
        value = self.get(key)
        if not isinstance(value, dict):
            raise _Malformed(f"{key} of {self.what} is not an object")
        return {name: made(make, _Record(each, f"{key} {name!r}"), name) for name, each in value.items()}

    def ends(self) -> None:
        if self.left:
            raise _Malformed(f"{self.what} has {min(self.left)!r}, which is not a known key")


def made(make: Callable[..., T], record: _Record, *rest: Any) -> T:
    """What is made of a record, of which nothing is left over."""
    found = make(record, *rest)
    record.ends()
    return found


def _read_1(data: dict[str, Any]) -> SourceGraph:
    whole = _Record(data, "the snapshot")
    whole.get(MARK)
    head = _Record(whole.get("model"), "model")
    graph = SourceGraph(
        framework=head.choice("framework", Framework),
        format=head.need("format", str),
        source=head.need("source", str),
        producer=head.need("producer", str),
        evidence=head.choice("evidence", Evidence),
        layers=whole.each("layers", _layer),
        nodes=whole.each("calls", _node),
        values=whole.each_named("values", _value),
        weights=whole.each_named("weights", _weight),
        inputs=head.names("inputs"),
        outputs=head.names("outputs"),
        input_names=head.names("input_names"),
        output_names=head.names("output_names"),
        inputs_by_name=head.need("inputs_by_name", bool, default=False),
        outputs_by_name=head.need("outputs_by_name", bool, default=False),
        containers=whole.each("containers", _container),
        ordered=head.need("ordered", bool),
        inference_only=head.need("inference_only", bool),
        mode=head.choice("mode", Mode) if "mode" in head.data else _presumed(head),
        gaps=whole.each("gaps", _gap),
        beside=whole.each("beside", _slot),
        store=TensorStore(
            head.need("source", str), {}, "a snapshot holds no weight values", "compare the model itself"
        ),
    )
    head.ends()
    whole.ends()
    _check(graph)
    return graph


def _presumed(head: _Record) -> Mode:
    """The mode of a snapshot that was written before modes were told."""
    traced = head.data.get("framework") == Framework.TORCH and head.data.get("evidence") == Evidence.GRAPH
    return Mode.EVALUATION if traced or head.data.get("inference_only") else Mode.BOTH


def _layer(record: _Record) -> SourceLayer:
    return SourceLayer(
        record.need("path", str),
        record.need("type", str),
        record.names("weights"),
        record.names("outputs"),
        record.need("reason", str, ""),
        record.need("uncounted", str, ""),
    )


def _container(record: _Record) -> Container:
    return Container(record.need("path", str), record.need("type", str), record.names("outputs"))


def _node(record: _Record) -> SourceNode:
    try:
        attributes = python(record.get("attributes", {}))
    except (TypeError, ValueError) as error:
        raise _Malformed(f"attributes of {record.what}: {error}") from error
    if not isinstance(attributes, dict) or not all(isinstance(each, str) for each in attributes):
        raise _Malformed(f"attributes of {record.what} have no names")
    return SourceNode(
        path=record.need("path", str),
        layer=record.need("layer", str),
        dialect=record.need("dialect", str),
        op=record.need("op", str),
        inputs=record.by_name("inputs"),
        weights=record.by_name("weights"),
        attributes=attributes,
        outputs=record.names("outputs"),
        merged=record.each("merged", _merged),
    )


def _merged(record: _Record) -> Merged:
    epsilon = record.get("epsilon")
    if epsilon is not None and type(epsilon) is not float:
        raise _Malformed(f"epsilon of {record.what} is not a number")
    return Merged(record.need("op", str), record.need("path", str, ""), epsilon)


def _value(record: _Record, _: str) -> Value:
    shape, axes = record.get("shape"), record.get("axes")
    return Value(
        None if shape is None else _shape(shape, record.what),
        _text_or_none(record, "dtype"),
        record.need("reason", str, ""),
        None if axes is None else _axes(axes, record.what),
        record.need("recorded", bool, default=True),
    )


def _shape(sizes: Any, what: str) -> Shape:
    if not isinstance(sizes, list) or not all(
        size is None or isinstance(size, str) or (type(size) is int and size >= 0) for size in sizes
    ):
        raise _Malformed(f"shape of {what} is not a shape")
    return tuple(sizes)


def _axes(names: Any, what: str) -> Axes:
    if not isinstance(names, list) or not all(name is None or isinstance(name, str) for name in names):
        raise _Malformed(f"axes of {what} are not names")
    return tuple(names)


def _weight(record: _Record, key: str) -> Weight:
    return Weight(
        name=record.need("name", str, key),
        shape=_sizes(record.get("shape"), record.what),
        dtype=record.need("dtype", str),
        census=record.choice("census", Census),
        storage=record.need("storage", str, key),
        presumed=record.need("presumed", bool, default=False),
        role=_text_or_none(record, "role"),
        axes=record.need("axes", str, ""),
        pieces=record.each("pieces", _piece),
        numbers=_numbers(record),
        zeros=record.need("zeros", bool) if record.get("zeros") is not None else None,
        repeats=record.need("repeats", str, default=""),
        computed_of=_names_or_none(record, "computed_of"),
        regularizer=record.need("regularizer", str, ""),
        constraint=record.need("constraint", str, ""),
        initializer=record.need("initializer", str, ""),
    )


def _names_or_none(record: _Record, key: str) -> tuple[str, ...] | None:
    names = record.get(key)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise _Malformed(f"{key} of {record.what} are not names")
    return tuple(names)


def _slot(record: _Record) -> Weight:
    return _weight(record, record.data.get("name", ""))


def _numbers(record: _Record) -> tuple[float, ...] | None:
    if record.get("numbers") is None:
        return None
    try:
        found = python(record.get("numbers"))
    except (TypeError, ValueError) as error:
        raise _Malformed(f"numbers of {record.what}: {error}") from error
    if not isinstance(found, tuple) or not all(type(each) in {float, int, bool} for each in found):
        raise _Malformed(f"numbers of {record.what} are not a list")
    if len(found) != prod(_sizes(record.get("shape"), record.what)):
        raise _Malformed(f"numbers of {record.what} do not have as many elements as its shape says")
    return found


def _piece(record: _Record) -> Piece:
    order = record.get("order")
    if not isinstance(order, list) or not all(each is None or type(each) is int for each in order):
        raise _Malformed(f"order of {record.what} is not a list of axes")
    window, place = (_window(record.get(key), record.what) for key in ("window", "place"))
    return Piece(record.need("name", str), window, place, tuple(order))


def _window(box: Any, what: str) -> Window:
    if not isinstance(box, list):
        raise _Malformed(f"{what} has no window")
    sides = [_sizes(side, what) for side in box]
    if any(len(side) != 2 for side in sides):  # noqa: PLR2004  start and stop
        raise _Malformed(f"{what} has no window")
    return tuple((side[0], side[1]) for side in sides)


def _sizes(sizes: Any, what: str) -> tuple[int, ...]:
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise _Malformed(f"shape of {what} is not a shape")
    return tuple(sizes)


def _gap(record: _Record) -> Gap:
    facet = record.need("facet", str, "structure")
    return Gap(record.need("where", str), record.need("reason", str), record.need("remedy", str, ""), facet)


def _text_or_none(record: _Record, key: str) -> str | None:
    return None if record.get(key) is None else record.need(key, str)


def _check(graph: SourceGraph) -> None:
    """Every name that is used is of something, and stands for one thing."""
    rows = {row.path for row in graph.layers}
    _once("layers", [row.path for row in graph.layers])
    _once("calls", [node.path for node in graph.nodes])
    _once("owners of a weight", [name for row in graph.layers for name in row.weights])
    if len(graph.input_names) != len(graph.inputs):
        raise _Malformed("inputs and input_names of model are not of one length")
    if graph.output_names and len(graph.output_names) != len(graph.outputs):
        raise _Malformed("outputs and output_names of model are not of one length")
    users: list[SourceLayer | Container | SourceNode] = [*graph.layers, *graph.containers, *graph.nodes]
    values = [*graph.inputs, *graph.outputs, *(value for each in users for value in each.outputs)]
    values += [value for node in graph.nodes for value in node.inputs.values()]
    weights = [name for row in graph.layers for name in row.weights]
    weights += [name for node in graph.nodes for name in node.weights.values()]
    weights += [piece.name for weight in graph.weights.values() for piece in weight.pieces]
    _known("value", values, graph.values)
    _known("weight", weights, graph.weights)
    _known("layer", [node.layer for node in graph.nodes], dict.fromkeys(rows))


def _once(what: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise _Malformed(f"a name appears twice among the {what}")


def _known(what: str, names: list[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise _Malformed(f"there is no {what} {name[:60]!r}")


READERS: dict[int, Callable[[dict[str, Any]], SourceGraph]] = {1: _read_1}
"""By version; one that was ever released stays."""
