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
            "select": _list(names, "Rules that count; without it all do."),
            "ignore": _list(names, "Rules that do not count where they are decided."),
            "severity": {
                "description": "Other severities, by rule.",
                "type": "object",
                "propertyNames": {"enum": names},
                "additionalProperties": {"enum": [each.value for each in Severity]},
            },
            "jobs": {"type": "integer", "minimum": 1, "description": "Pairs compared at the same time."},
            "baseline": _text("The file of differences that were there before and pass."),
            "rtol": {"type": "number", "minimum": 0, "description": "With weights: how far off elements may be."},
            "output-rtol": {"type": "number", "minimum": 0, "description": "How far off an output may be."},
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
    "profile": {"enum": list(PROFILES), "description": "The question that is asked of two models."},
    "fail-on": {"enum": list(LEVELS), "description": "From which severity on the gate stays closed."},
    "weights": {"type": "boolean", "description": "Read the numbers of all weights and compare them."},
    "outputs": {"type": "boolean", "description": "Evaluate both models and compare what comes out."},
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
            "name": _text("What the pair is called; without it after its files."),
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
                "description": "Layers that are paired by hand, or the file that has them.",
                "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
            },
            "data": _text("The inputs to evaluate both models on: .npz or .npy."),
            "match-outputs": {
                "description": "Outputs that are each other's counterpart, by name.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "only-outputs": {"type": "array", "items": {"type": "string"}, "description": "Outputs that are compared."},
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
            "pair": _text("The pair that it is for; without it for all."),
            "layer": _text("The layers that it is for, as a pattern; without it all."),
            "delta": {"type": "integer", "description": "How many elements the findings add up to."},
            "until": {"description": "The last day, as a date of TOML or as text.", "type": "string", "format": "date"},
        },
    }
