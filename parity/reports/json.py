"""JSON, as ``parity schema`` describes it; integers are exact."""

import json
from collections.abc import Mapping
from typing import Any

from parity.census import Headline
from parity.graph import Weight
from parity.reports._contract import Renderer, Report, Row, Screen, Side, Summary
from parity.reports._schema import SCHEMA_VERSION
from parity.rules import Finding, Severity


def report(found: Report, _: Screen) -> str:
    """The document of a comparison."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "left": _side(found.left),
        "right": _side(found.right),
        "profile": found.profile.name,
        "verdict": found.verdict.value,
        "facets": dict(found.facets),
        "alignment": [{"left": list(link.left), "right": list(link.right), "why": link.why} for link in found.links],
        "unmatched": {"left": list(found.left_only), "right": list(found.right_only)},
        "findings": [_finding(finding, severity) for finding, severity in found.findings],
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
    return _text(document)


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
    return json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n"


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


def _finding(finding: Finding, severity: Severity) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "effect": finding.effect.value,
        "concerns": finding.concerns.value,
        "severity": severity.value,
        "facet": finding.facet.value,
        "left": list(finding.left),
        "right": list(finding.right),
        "attribute": finding.attribute,
        "left_value": finding.left_value,
        "right_value": finding.right_value,
        "delta": finding.delta,
        "message": finding.message,
        "remedy": finding.remedy,
        "caused_by": finding.caused_by,
        "fingerprint": finding.fingerprint,
    }


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


RENDERER = Renderer("json", "for programs; the schema is printed by parity schema", report, summary)
