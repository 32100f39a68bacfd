"""The JSON Schema of what ``--format json`` prints, made of the types of its documents."""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from parity.reports import _documents as documents
from parity.reports import _model_documents as models

SIMPLE = {int: "integer", str: "string", bool: "boolean", float: "number", NoneType: "null"}


def _of(found: Any) -> dict[str, Any]:
    """The schema of a type; a report in another document is a reference to the one among the definitions."""
    if found is documents.Report:
        return {"$ref": "#/$defs/report"}
    if is_typeddict(found):
        return _record(found)
    if found in SIMPLE:
        return {"type": SIMPLE[found]}
    return {} if found is Any else _composed(get_origin(found), get_args(found))


def _composed(origin: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    made: dict[Any, Callable[[], dict[str, Any]]] = {
        list: lambda: {"type": "array", "items": _of(arguments[0])},
        dict: lambda: {"type": "object", "additionalProperties": _of(arguments[1])},
        Literal: lambda: {"const": arguments[0]},
        Annotated: lambda: arguments[1].schema,
        Union: lambda: _any_of([_of(each) for each in arguments]),
        UnionType: lambda: _any_of([_of(each) for each in arguments]),
    }
    return made[origin]()


def _record(found: Any) -> dict[str, Any]:
    hints = get_type_hints(found, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    return {
        "type": "object",
        "properties": {name: _of(get_args(hint)[0] if name in optional else hint) for name, hint in hints.items()},
        "required": sorted(set(hints) - optional),
        "additionalProperties": False,
    }


def _any_of(found: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several, as short as it can be said: types in a list, null among the values."""
    null = {"type": "null"}
    if "enum" in found[0]:
        return {"enum": [*found[0]["enum"], None]}
    if all(each.keys() == {"type"} for each in found[1:]) and found[0].get("type") not in {None, "object"}:
        return {**found[0], "type": [each["type"] for each in found]}
    return {"oneOf": [*(each for each in found if each != null), null]}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "parity",
    "description": "What --format json prints of a comparison, a run, a summary or an explanation; jsonl: $defs/line.",
    "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("report", "run", "summary", "explanation")],
    "$defs": {
        "report": _record(documents.Report),
        "run": _of(documents.Run),
        "summary": _of(models.Summary),
        "explanation": _of(models.Explanation),
        "line": {"oneOf": [_of(each) for each in (documents.FindingLine, documents.PairLine, documents.NoteLine)]},
    },
}
