"""JSON, as ``parity schema`` describes it; integers are exact."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from parity._printable import UNPRINTABLE
from parity.census import Headline
from parity.graph import Weight
from parity.reports._contract import Outcome, Place, Renderer, Report, Row, Run, Screen, Side, Summary
from parity.reports._schema import SCHEMA_VERSION
from parity.rules import Finding, Severity


def run(found: Run, _: Screen) -> str:
    """The document of a run of the gate, with that of each comparison in it."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "state": found.state.value,
        "fail_on": found.fail_on,
        "pairs": [_outcome(each) for each in found.outcomes],
        "notes": [
            {"rule": note.rule, "severity": note.severity.value, "message": note.message, **place_document(note.place)}
            for note in found.notes
        ],
    }
    return _text(document)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "left": outcome.left,
        "right": outcome.right,
        "state": outcome.state.value,
        "fail_on": outcome.fail_on,
        "failure": outcome.failure or None,
        **place_document(outcome.place),
        "report": _report(outcome.report) if outcome.report is not None else None,
    }


def place_document(place: Place | None) -> dict[str, Any]:
    """Where something is configured, as in every format for programs."""
    return {"file": place.file if place else None, "line": place.line if place else None}


def report(found: Report, _: Screen) -> str:
    """The document of a comparison."""
    return _text(_report(found))


def _report(found: Report) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "left": _side(found.left),
        "right": _side(found.right),
        "profile": found.profile.name,
        "verdict": found.verdict.value,
        "facets": dict(found.facets),
        "alignment": [{"left": list(link.left), "right": list(link.right), "why": link.why} for link in found.links],
        "unmatched": {"left": list(found.left_only), "right": list(found.right_only)},
        "findings": [
            finding_document(finding, severity, found.accepted.get(finding.fingerprint))
            for finding, severity in found.findings
        ],
        "left_out": sorted({finding.rule for finding in found.left_out}),
        "ledger": {
            "left_total": found.ledger.left_total,
            "right_total": found.ledger.right_total,
            "steps": [
                {"rule": step.rule, "effect": step.effect.value, "layers": step.layers, "delta": step.delta}
                for step in found.ledger.steps
            ],
            "remainder": found.ledger.remainder,
        },
    }


def summary(found: Summary, _: Screen) -> str:
    """The document of a model."""
    document = {
        "schema_version": SCHEMA_VERSION,
        **_side(found.side),
        "layers": [_row(row) for row in found.rows],
        "containers": [{"path": path, "type": kind, "params": params} for path, kind, params in found.containers],
        "unread": [{"where": gap.where, "reason": gap.reason, "remedy": gap.remedy} for gap in found.gaps],
    }
    return _text(document)


def _text(document: Mapping[str, Any]) -> str:
    return dumped(document, indent=1) + "\n"


def dumped(document: Any, indent: int | None = None) -> str:
    """JSON that says the same with nothing in it that acts on a terminal, or that UTF-8 has no bytes for."""
    text = json.dumps(document, indent=indent, ensure_ascii=False, default=str)
    return UNPRINTABLE.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1], text)


def _headline(found: Headline) -> dict[str, int | None]:
    return {"total": found.total, "trainable": found.trainable, "non_trainable": found.non_trainable}


def _side(side: Side) -> dict[str, Any]:
    return {
        "source": side.source,
        "framework": side.framework.value,
        "format": side.format,
        "producer": side.producer,
        "evidence": side.evidence.value,
        "headline": _headline(side.headline),
        "census": dict(side.census),
        "census_presumed": side.presumed,
        "uncounted": list(side.uncounted),
    }


def finding_document(finding: Finding, severity: Severity, accepted: str | None) -> dict[str, Any]:
    """A finding, as in every format for programs."""
    return {
        "rule": finding.rule,
        "effect": finding.effect.value,
        "concerns": finding.concerns.value,
        "severity": severity.value,
        "facet": finding.facet.value,
        "left": list(finding.left),
        "right": list(finding.right),
        "attribute": finding.attribute,
        "left_value": _finite(finding.left_value),
        "right_value": _finite(finding.right_value),
        "delta": finding.delta,
        "message": finding.message,
        "remedy": finding.remedy,
        "caused_by": finding.caused_by,
        "fingerprint": finding.fingerprint,
        "accepted": accepted,
    }


def _finite(value: Any) -> Any:
    """A value without the numbers that JSON has no way to write."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return [_finite(each) for each in value] if isinstance(value, tuple | list) else value


def _row(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "kind": row.kind,
        "type": row.type,
        "output_shapes": [list(shape) for shape in row.shapes],
        "shape_reason": row.reason or None,
        "params": row.params,
        "trainable": row.trainable,
        "frozen": row.frozen,
        "state": row.state,
        "formula": row.formula or None,
        "uncounted": row.uncounted or None,
        "weights": [_weight(weight) for weight in row.weights],
    }


def _weight(weight: Weight) -> dict[str, Any]:
    return {
        "name": weight.name,
        "role": weight.role,
        "shape": list(weight.shape),
        "axes": weight.axes,
        "dtype": weight.dtype,
        "class": weight.census.value,
    }


RENDERER = Renderer("json", "for programs; the schema is printed by parity schema", run, report, summary)
