"""The JSON Schema of ``parity.toml``, for editors: what ``parity schema config`` prints."""

from typing import Any

from parity.config._contract import LEVELS
from parity.outputs import Verify
from parity.policy import NOTES
from parity.rules import PROFILES, Severity, rules


def schema() -> dict[str, Any]:
    """The schema, with the rules that are known here."""
    names = [*rules(), *NOTES]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "parity.toml",
        "type": "object",
        "additionalProperties": False,
        "required": ["version"],
        "properties": {
            "version": {"const": 1},
            **_QUESTION,
            "select": _list(names, "Check only these rules; default: all."),
            "ignore": _list(names, "Ignore these rules (undecided findings still count)."),
            "severity": {
                "description": "Severity by rule, where it is not the default.",
                "type": "object",
                "propertyNames": {"enum": names},
                "additionalProperties": {"enum": [each.value for each in Severity]},
            },
            "jobs": {"type": "integer", "minimum": 1, "description": "Pairs compared at the same time."},
            "baseline": _text("The file that lists known differences, which pass."),
            "rtol": {
                "type": "number",
                "minimum": 0,
                "description": "With weights: tolerance of an element, relative to the largest of its weight.",
            },
            "output-rtol": {
                "type": "number",
                "minimum": 0,
                "description": "With outputs: tolerance of an output, relative to its norm.",
            },
            "verify": {
                "enum": [each.value for each in Verify],
                "description": "Whether both models are evaluated before they are called equivalent.",
            },
            "pair": {"type": "array", "items": _pair()},
            "suppress": {"type": "array", "items": _suppression(names)},
        },
        "dependentRequired": {"rtol": ["weights"]},
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": r"\S", "description": description}


def _list(names: list[str], description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": names}, "description": description}


_QUESTION: dict[str, Any] = {
    "profile": {"enum": list(PROFILES), "description": "What the models must agree in."},
    "fail-on": {"enum": list(LEVELS), "description": "Fail if any finding has at least this severity."},
    "weights": {"type": "boolean", "description": "Compare the values of all weights."},
    "outputs": {"type": "boolean", "description": "Evaluate both models on the same inputs and compare their outputs."},
}
_SIZES: dict[str, Any] = {"type": "array", "items": {"type": "integer"}}
_INPUT: dict[str, Any] = {
    "anyOf": [
        _SIZES,
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["shape"],
            "properties": {"shape": _SIZES, "dtype": {"type": "string"}},
        },
    ]
}


def _pair() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["left", "right"],
        "properties": {
            "name": _text("Name of the pair; default: the names of its files."),
            "left": _text("A model, relative to this file."),
            "right": _text("The other one."),
            "inputs": {
                "description": "Example inputs: shapes in a list, or by name.",
                "anyOf": [
                    {"type": "array", "items": _INPUT},
                    {"type": "object", "additionalProperties": _INPUT},
                ],
            },
            **_QUESTION,
            "map": {
                "description": "Layers matched by hand, or a file of them.",
                "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
            },
            "data": {
                "description": "The inputs to evaluate both models on: .npz or .npy; or recordings of the models.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
            "match-outputs": {
                "description": "Outputs matched by name.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "only-outputs": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Compare only these outputs.",
            },
        },
    }


def _suppression(names: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["rule", "reason"],
        "properties": {
            "rule": {"enum": names},
            "reason": _text("Why the difference is accepted."),
            "pair": _text("The pair it applies to; default: all."),
            "layer": _text("The layers it applies to, as a pattern; default: all."),
            "delta": {"type": "integer", "description": "The number of elements that the findings must add up to."},
            "until": {
                "description": "Last day: a TOML date, or text.",
                "type": "string",
                "format": "date",
            },
        },
    }
