"""The JSON Schema of what ``--format json`` prints: the contract that other tools build on."""

from typing import Any

SCHEMA_VERSION = 1

_INT = {"type": "integer"}
_TEXT = {"type": "string"}
_PATHS = {"type": "array", "items": _TEXT}
_MAYBE_TEXT = {"type": ["string", "null"]}
_BOOLEAN = {"type": "boolean"}
_MAYBE_INT = {"type": ["integer", "null"]}
_FRAMEWORK = {"enum": ["keras", "torch", "onnx"]}
_EVIDENCE = {"enum": ["graph", "tree", "tensors"]}
_EFFECT = {"enum": ["bookkeeping", "conversion", "training", "inference", "interface", "unknown"]}
_CENSUS = {"type": "object", "additionalProperties": _INT}


def _record(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _maybe(record: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [record, {"type": "null"}]}


_HEADLINE = _record(total=_INT, trainable=_MAYBE_INT, non_trainable=_MAYBE_INT)
_SIDE = {
    "source": _TEXT,
    "framework": _FRAMEWORK,
    "format": _TEXT,
    "producer": _TEXT,
    "evidence": _EVIDENCE,
    "headline": _HEADLINE,
    "census": _CENSUS,
    "census_presumed": {"type": "boolean"},
    "uncounted": _PATHS,
    "mode": {"enum": ["both", "evaluation", "training"]},
}
_FACETS = ("structure", "shapes", "counts", "attributes", "weights", "outputs")

_FINDING = _record(
    rule=_TEXT,
    effect=_EFFECT,
    concerns=_EFFECT,
    severity={"enum": ["error", "warning", "info"]},
    facet={"enum": list(_FACETS)},
    left=_PATHS,
    right=_PATHS,
    attribute={"type": ["string", "null"]},
    left_value={},
    right_value={},
    delta=_INT,
    message=_TEXT,
    remedy=_TEXT,
    caused_by={"type": ["string", "null"]},
    fingerprint={"type": "string", "pattern": "^[0-9a-f]{12}$"},
    measured={"type": ["number", "string", "null"]},
    accepted=_MAYBE_TEXT,
)

_LEDGER = {
    "left_total": _INT,
    "right_total": _INT,
    "steps": {"type": "array", "items": _record(rule=_TEXT, effect=_EFFECT, layers=_INT, delta=_INT)},
    "remainder": _INT,
}

_NUMBER = {"type": ["number", "string"]}
"""A number, or in words one that JSON has none for: inf."""

_TWO = {"type": "array", "items": _NUMBER}
_APART = _record(
    means=_TWO, spreads=_TWO, numbers=_TWO, places={"type": "array", "items": {"type": "array", "items": _INT}}
)
_LAYER_ERROR = _record(
    left=_MAYBE_TEXT,
    right=_MAYBE_TEXT,
    rel_l2=_NUMBER,
    isolated={"type": ["boolean", "null"]},
    apart=_maybe(_APART),
)
_UNDONE = _record(rule=_TEXT, layers=_PATHS, error=_NUMBER, moved=_NUMBER, fingerprints=_PATHS)
_OUTPUTS = _record(
    inputs=_TEXT,
    rtol={"type": "number"},
    final={
        "type": "array",
        "items": _record(
            left=_TEXT, right=_TEXT, max_abs=_NUMBER, rel_l2=_NUMBER, same_choice={"type": ["number", "null"]}
        ),
    },
    missing={"type": "array", "items": _record(output=_MAYBE_TEXT, reason=_TEXT)},
    layers={"type": "array", "items": _LAYER_ERROR},
    first_divergence=_maybe(_LAYER_ERROR),
    shown=_MAYBE_TEXT,
    ledger=_maybe(
        _record(
            start=_NUMBER,
            steps={"type": "array", "items": _UNDONE},
            remainder=_NUMBER,
            not_undone={"type": "object", "additionalProperties": _TEXT},
        )
    ),
)
_CERTIFICATE = _record(computed=_BOOLEAN, how=_MAYBE_TEXT, doubt=_MAYBE_TEXT)

_REPORT = _record(
    schema_version={"const": SCHEMA_VERSION},
    left=_record(**_SIDE),
    right=_record(**_SIDE),
    profile={"enum": ["exact", "train", "inference", "interface"]},
    verdict={"enum": ["equivalent", "different", "inconclusive"]},
    verified={"enum": ["computed", "structure"]},
    facets=_record(**{facet: {"enum": ["same", "explained", "different", "unchecked"]} for facet in _FACETS}),
    alignment={"type": "array", "items": _record(left=_PATHS, right=_PATHS, why=_TEXT)},
    unmatched=_record(left=_PATHS, right=_PATHS),
    findings={"type": "array", "items": _FINDING},
    left_out=_PATHS,
    ledger=_record(**_LEDGER, classes={"type": "object", "additionalProperties": _record(**_LEDGER)}),
)
_REPORT["properties"] |= {"outputs": _OUTPUTS, "certificate": _CERTIFICATE}  # where they were asked for

_COUNTS = ("same", "rounded", "close", "different", "unread")
_NUMBER = {"type": ["number", "string"]}
# Only where weights were asked for.
_REPORT["properties"]["weights"] = _record(
    compared=_INT,
    **dict.fromkeys(_COUNTS, _INT),
    tensors={
        "type": "array",
        "items": _record(
            left=_MAYBE_TEXT,
            right=_MAYBE_TEXT,
            layers=_PATHS,
            role=_TEXT,
            expression=_MAYBE_TEXT,
            state={"enum": list(_COUNTS)},
            max_abs=_NUMBER,
            rel_l2=_NUMBER,
            diagnosis=_MAYBE_TEXT,
        ),
    },
)

_STATE = {"enum": ["passed", "failed", "broken"]}
_LEVEL = {"enum": ["error", "warning", "info", "never"]}
_PLACE = {"file": _MAYBE_TEXT, "line": _MAYBE_INT}
_NOTE = {"rule": _TEXT, "severity": {"enum": ["error", "warning", "info"]}, "message": _TEXT, **_PLACE}
_RUN = _record(
    schema_version={"const": SCHEMA_VERSION},
    state=_STATE,
    fail_on=_LEVEL,
    pairs={
        "type": "array",
        "items": _record(
            name=_TEXT,
            left=_TEXT,
            right=_TEXT,
            state=_STATE,
            fail_on=_LEVEL,
            failure=_MAYBE_TEXT,
            **_PLACE,
            report={"oneOf": [{"$ref": "#/$defs/report"}, {"type": "null"}]},
        ),
    },
    notes={
        "type": "array",
        "items": _record(**_NOTE),
    },
)

_LINE = {
    "oneOf": [
        _record(type={"const": "finding"}, pair=_TEXT, **_FINDING["properties"]),
        _record(
            type={"const": "pair"},
            pair=_TEXT,
            left=_TEXT,
            right=_TEXT,
            state=_STATE,
            verdict={"enum": ["equivalent", "different", "inconclusive", None]},
            profile=_MAYBE_TEXT,
            failure=_MAYBE_TEXT,
            **_PLACE,
        ),
        _record(type={"const": "note"}, **_NOTE),
    ]
}

_WEIGHT = _record(
    name=_TEXT,
    role={"type": ["string", "null"]},
    shape={"type": "array", "items": _INT},
    axes=_TEXT,
    dtype=_TEXT,
    **{"class": _TEXT},
)
_SHAPES = {
    "type": "array",
    "items": {"type": ["array", "null"], "items": {"type": ["integer", "string", "null"]}},
}
_TOTALS = {
    "path": _TEXT,
    "type": _TEXT,
    "input_shapes": _SHAPES,
    "output_shapes": _SHAPES,
    "further_output_shapes": _SHAPES,
    "connected_to": _PATHS,
    "params": _INT,
    "params_with_shared": _INT,
    "trainable": _INT,
    "frozen": _INT,
    "state": _INT,
    "uncounted": _MAYBE_TEXT,
    "macs": _MAYBE_INT,
    "activation_bytes": _MAYBE_INT,
    "weight_bytes": _INT,
    "dtype": _MAYBE_TEXT,
}
_ROW = _record(
    **_TOTALS,
    kind=_TEXT,
    shape_reason=_MAYBE_TEXT,
    kernel={"type": "array", "items": _INT},
    strides={"type": "array", "items": _INT},
    formula=_MAYBE_TEXT,
    weights={"type": "array", "items": _WEIGHT},
)
_SUMMARY = _record(
    schema_version={"const": SCHEMA_VERSION},
    **_SIDE,
    batch=_INT,
    macs=_MAYBE_INT,
    bytes=_record(total=_INT, trainable=_INT, inputs=_MAYBE_INT),
    layers={"type": "array", "items": _ROW},
    containers={"type": "array", "items": _record(**_TOTALS, layers=_INT)},
    unread={"type": "array", "items": _record(where=_TEXT, reason=_TEXT, remedy=_TEXT)},
)

_HALF = _record(
    path=_TEXT,
    rows=_PATHS,
    kind=_TEXT,
    type=_TEXT,
    input_shapes=_SHAPES,
    output_shapes=_SHAPES,
    params=_INT,
    formula=_MAYBE_TEXT,
    notes=_PATHS,
)
_SETTING = _record(
    name=_TEXT,
    left={},
    right={},
    left_is_default=_BOOLEAN,
    right_is_default=_BOOLEAN,
    differs=_BOOLEAN,
    compared=_BOOLEAN,
)
_WALK = _record(
    left=_maybe(_HALF),
    right=_maybe(_HALF),
    why=_MAYBE_TEXT,
    settings={"type": "array", "items": _SETTING},
    weights={
        "type": "array",
        "items": _record(
            role=_TEXT, left=_maybe(_WEIGHT), right=_maybe(_WEIGHT), carried=_MAYBE_TEXT, expression=_MAYBE_TEXT
        ),
    },
    findings={"type": "array", "items": _FINDING},
    silent={"type": "object", "additionalProperties": _PATHS},
    made=_maybe(_LAYER_ERROR),
)
_EXPLANATION = _record(
    schema_version={"const": SCHEMA_VERSION},
    left=_record(**_SIDE),
    right=_record(**_SIDE),
    profile={"enum": ["exact", "train", "inference", "interface"]},
    layer=_MAYBE_TEXT,
    walks={"type": "array", "items": _WALK},
    rows={
        "type": "array",
        "items": _record(left=_MAYBE_TEXT, right=_MAYBE_TEXT, result=_TEXT, rules=_PATHS),
    },
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "parity",
    "description": "What --format json prints of a comparison, a run, a summary or an explanation; jsonl: $defs/line.",
    "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("report", "run", "summary", "explanation")],
    "$defs": {"report": _REPORT, "run": _RUN, "summary": _SUMMARY, "explanation": _EXPLANATION, "line": _LINE},
}
