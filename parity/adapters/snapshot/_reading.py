"""Text of a snapshot -> source graph, where everything is as it must be."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

from parity.adapters.snapshot._digests import read_digest, store_of
from parity.adapters.snapshot._record import Malformed, Record
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

REMEDY = "write it again with parity snapshot"


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
    except (Malformed, RecursionError) as error:
        cause = "it is broken"
        raise UnreadableModel(
            where, cause, found=str(error)[:120] or "too many levels of nesting", remedy=REMEDY
        ) from error


def _read_1(data: dict[str, Any]) -> SourceGraph:
    whole = Record(data, "the snapshot")
    whole.get(MARK)
    head = Record(whole.get("model"), "model")
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
    )
    kept = whole.each_named("digests", partial(read_digest, weights=graph.weights)) if "digests" in data else {}
    head.ends()
    whole.ends()
    _check(graph)
    _known("weight", [*kept], graph.weights)
    return replace(graph, store=store_of(graph.source, kept))


def _presumed(head: Record) -> Mode:
    """The mode of a snapshot that was written before modes were told."""
    traced = head.data.get("framework") == Framework.TORCH and head.data.get("evidence") == Evidence.GRAPH
    return Mode.EVALUATION if traced or head.data.get("inference_only") else Mode.BOTH


def _layer(record: Record) -> SourceLayer:
    return SourceLayer(
        record.need("path", str),
        record.need("type", str),
        record.names("weights"),
        record.names("outputs"),
        record.need("reason", str, ""),
        record.need("uncounted", str, ""),
    )


def _container(record: Record) -> Container:
    return Container(record.need("path", str), record.need("type", str), record.names("outputs"))


def _node(record: Record) -> SourceNode:
    try:
        attributes = python(record.get("attributes", {}))
    except (TypeError, ValueError) as error:
        raise Malformed(f"attributes of {record.what}: {error}") from error
    if not isinstance(attributes, dict) or not all(isinstance(each, str) for each in attributes):
        raise Malformed(f"attributes of {record.what} have no names")
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


def _merged(record: Record) -> Merged:
    epsilon = record.get("epsilon")
    if epsilon is not None and type(epsilon) is not float:
        raise Malformed(f"epsilon of {record.what} is not a number")
    return Merged(record.need("op", str), record.need("path", str, ""), epsilon)


def _value(record: Record, _: str) -> Value:
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
        raise Malformed(f"shape of {what} is not a shape")
    return tuple(sizes)


def _axes(names: Any, what: str) -> Axes:
    if not isinstance(names, list) or not all(name is None or isinstance(name, str) for name in names):
        raise Malformed(f"axes of {what} are not names")
    return tuple(names)


def _weight(record: Record, key: str) -> Weight:
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


def _names_or_none(record: Record, key: str) -> tuple[str, ...] | None:
    names = record.get(key)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise Malformed(f"{key} of {record.what} are not names")
    return tuple(names)


def _slot(record: Record) -> Weight:
    return _weight(record, record.data.get("name", ""))


def _numbers(record: Record) -> tuple[float, ...] | None:
    if record.get("numbers") is None:
        return None
    try:
        found = python(record.get("numbers"))
    except (TypeError, ValueError) as error:
        raise Malformed(f"numbers of {record.what}: {error}") from error
    if not isinstance(found, tuple) or not all(type(each) in {float, int, bool} for each in found):
        raise Malformed(f"numbers of {record.what} are not a list")
    if len(found) != prod(_sizes(record.get("shape"), record.what)):
        raise Malformed(f"numbers of {record.what} do not have as many elements as its shape says")
    return found


def _piece(record: Record) -> Piece:
    order = record.get("order")
    if not isinstance(order, list) or not all(each is None or type(each) is int for each in order):
        raise Malformed(f"order of {record.what} is not a list of axes")
    window, place = (_window(record.get(key), record.what) for key in ("window", "place"))
    return Piece(record.need("name", str), window, place, tuple(order))


def _window(box: Any, what: str) -> Window:
    if not isinstance(box, list):
        raise Malformed(f"{what} has no window")
    sides = [_sizes(side, what) for side in box]
    if any(len(side) != 2 for side in sides):  # start and stop
        raise Malformed(f"{what} has no window")
    return tuple((side[0], side[1]) for side in sides)


def _sizes(sizes: Any, what: str) -> tuple[int, ...]:
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise Malformed(f"shape of {what} is not a shape")
    return tuple(sizes)


def _gap(record: Record) -> Gap:
    facet = record.need("facet", str, "structure")
    return Gap(record.need("where", str), record.need("reason", str), record.need("remedy", str, ""), facet)


def _text_or_none(record: Record, key: str) -> str | None:
    return None if record.get(key) is None else record.need(key, str)


def _check(graph: SourceGraph) -> None:
    """Every name that is used is of something, and stands for one thing."""
    rows = {row.path for row in graph.layers}
    _once("layers", [row.path for row in graph.layers])
    _once("calls", [node.path for node in graph.nodes])
    _once("owners of a weight", [name for row in graph.layers for name in row.weights])
    if len(graph.input_names) != len(graph.inputs):
        raise Malformed("inputs and input_names of model are not of one length")
    if graph.output_names and len(graph.output_names) != len(graph.outputs):
        raise Malformed("outputs and output_names of model are not of one length")
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
        raise Malformed(f"a name appears twice among the {what}")


def _known(what: str, names: list[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise Malformed(f"there is no {what} {name[:60]!r}")


READERS: dict[int, Callable[[dict[str, Any]], SourceGraph]] = {1: _read_1}
"""By version; one that was ever released stays."""
