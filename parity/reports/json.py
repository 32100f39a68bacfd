"""JSON, as ``parity schema`` describes it; integers are exact."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from parity._printable import UNPRINTABLE
from parity.census import Headline
from parity.graph import Unknown, Weight
from parity.reports import _documents as documents
from parity.reports import _model_documents as models
from parity.reports._contract import Ledger, Outcome, Place, Report, Run, Side, Tensor
from parity.reports._explanation import Explained, Half, Walk
from parity.reports._outputs_document import certificate_document, finite, layer_document, outputs_document
from parity.reports._renderer import Renderer, Screen
from parity.reports._rows import Mark, arranged
from parity.reports._summary import Row, Summary
from parity.reports._summary_lines import shown
from parity.reports._weights import counts, sorted_tensors
from parity.rules import Finding, Severity


def run(found: Run, _: Screen) -> str:
    """The document of a run of the gate, with that of each comparison in it."""
    document: documents.Run = {
        "schema_version": documents.SCHEMA_VERSION,
        "state": found.state.value,
        "fail_on": found.fail_on,
        "pairs": [_outcome(each) for each in found.outcomes],
        "notes": [
            {"rule": note.rule, "severity": note.severity.value, "message": note.message, **place_document(note.place)}
            for note in found.notes
        ],
    }
    return _text(document)


def _outcome(outcome: Outcome) -> documents.Pair:
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


def place_document(place: Place | None) -> documents.Place:
    """Where something is configured, as in every format for programs."""
    return {"file": place.file if place else None, "line": place.line if place else None}


def report(found: Report, _: Screen) -> str:
    """The document of a comparison."""
    return _text(_report(found))


def _report(found: Report) -> documents.Report:
    document: documents.Report = {
        "schema_version": documents.SCHEMA_VERSION,
        "left": _side(found.left),
        "right": _side(found.right),
        "profile": found.profile.name,
        "verdict": found.verdict.value,
        "verified": found.verified,
        "facets": _facets(found.facets),
        "alignment": [{"left": list(link.left), "right": list(link.right), "why": link.why} for link in found.links],
        "unmatched": {"left": list(found.left_only), "right": list(found.right_only)},
        "findings": [
            finding_document(finding, severity, found.accepted.get(finding.fingerprint))
            for finding, severity in found.findings
        ],
        "left_out": sorted({finding.rule for finding in found.left_out}),
        "ledger": {
            **_ledger(found.ledger),
            "classes": {name: _ledger(ledger) for name, ledger in found.class_ledgers.items()},
        },
    }
    if found.weights is not None:
        document["weights"] = _tensors(found.weights)
    if found.outputs is not None:
        document["outputs"] = outputs_document(found.outputs)
    if found.certificate is not None:
        document["certificate"] = certificate_document(found.certificate)
    return document


def _facets(found: Mapping[str, str]) -> documents.Facets:
    return {
        "structure": found["structure"],
        "shapes": found["shapes"],
        "counts": found["counts"],
        "attributes": found["attributes"],
        "weights": found["weights"],
        "outputs": found["outputs"],
    }


def _tensors(found: Sequence[Tensor]) -> documents.Tensors:
    tally = counts(found)
    return {
        "compared": len(found),
        "same": tally["same"],
        "rounded": tally["rounded"],
        "close": tally["close"],
        "different": tally["different"],
        "unread": tally["unread"],
        "tensors": [_tensor(each) for each in sorted_tensors(found)],
    }


def _tensor(each: Tensor) -> documents.Tensor:
    return {
        "left": each.left or None,
        "right": each.right or None,
        "layers": list(each.layers),
        "role": each.role,
        "expression": each.expression or None,
        "state": each.state.value,
        "max_abs": finite(each.max_abs),
        "rel_l2": finite(each.rel_l2),
        "diagnosis": each.why or None,
    }


def _ledger(ledger: Ledger) -> documents.ClassLedger:
    return {
        "left_total": ledger.left_total,
        "right_total": ledger.right_total,
        "steps": [
            {"rule": step.rule, "effect": step.effect.value, "layers": step.layers, "delta": step.delta}
            for step in ledger.steps
        ],
        "remainder": ledger.remainder,
    }


def summary(found: Summary, _: Screen) -> str:
    """The document of a model, with the layers and modules that its view shows."""
    layers, modules = shown(found)
    macs = [row.macs for row in found.rows]
    document: models.Summary = {
        "schema_version": documents.SCHEMA_VERSION,
        **_side(found.side),
        "batch": found.batch,
        "macs": None if None in macs else sum(number for number in macs if number is not None),
        "bytes": {
            "total": found.memory.total,
            "trainable": found.memory.trainable,
            "inputs": found.memory.inputs,
        },
        "layers": [_row(row) for row in layers],
        "containers": [_module(row) for row in modules],
        "unread": [{"where": gap.where, "reason": gap.reason, "remedy": gap.remedy} for gap in found.gaps],
    }
    return _text(document)


def explained(found: Explained, _: Screen) -> str:
    """The document of an explanation."""
    report = found.report
    document: models.Explanation = {
        "schema_version": documents.SCHEMA_VERSION,
        "left": _side(report.left),
        "right": _side(report.right),
        "profile": report.profile.name,
        "layer": found.layer or None,
        "walks": [_walk(each, report) for each in found.walks],
        "rows": [
            {
                "left": line.left.name if line.left else None,
                "right": line.right.name if line.right else None,
                "result": line.mark.value,
                "rules": list(dict.fromkeys(finding.rule for finding in line.findings)),
            }
            for line in (() if found.layer else arranged(report))
            if found.all_layers or line.mark is not Mark.SAME
        ],
    }
    return _text(document)


def _walk(walk: Walk, report: Report) -> models.Walk:
    return {
        "left": _half(walk.left),
        "right": _half(walk.right),
        "why": walk.why or None,
        "settings": [
            {
                "name": each.name,
                "left": _told(each.left),
                "right": _told(each.right),
                "left_is_default": each.default_left,
                "right_is_default": each.default_right,
                "differs": each.differs,
                "compared": each.compared,
            }
            for each in walk.settings
        ],
        "weights": [
            {
                "role": each.role,
                "left": _weight(each.left) if each.left else None,
                "right": _weight(each.right) if each.right else None,
                "carried": each.how or None,
                "expression": each.code.get("numpy"),
                "code": dict(each.code) or None,
                "back": dict(each.back) or None,
                "numbers": _tensor(each.numbers) if each.numbers is not None else None,
            }
            for each in walk.weights
        ],
        "findings": [
            finding_document(finding, severity, report.accepted.get(finding.fingerprint))
            for finding, severity in walk.findings
        ],
        "silent": {rule: list(names) for rule, names in walk.silent.items()},
        "made": layer_document(walk.made) if walk.made is not None else None,
    }


def _half(half: Half | None) -> models.Half | None:
    if half is None:
        return None
    return {
        "path": half.path,
        "rows": list(half.rows),
        "kind": half.kind,
        "type": half.op,
        "input_shapes": [None if shape is None else list(shape) for shape in half.given],
        "output_shapes": [None if shape is None else list(shape) for shape in half.made],
        "params": half.params,
        "formula": half.formula or None,
        "notes": list(half.notes),
    }


def _told(value: Any) -> Any:
    """A setting, or the reason why it is not known."""
    return f"unknown: {value.reason}" if isinstance(value, Unknown) else finite(value)


def _text(document: Mapping[str, Any]) -> str:
    return dumped(document, indent=1) + "\n"


def dumped(document: Any, indent: int | None = None) -> str:
    """JSON that says the same with nothing in it that acts on a terminal, or that UTF-8 has no bytes for."""
    text = json.dumps(document, indent=indent, ensure_ascii=False, default=str)
    return UNPRINTABLE.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1], text)


def _headline(found: Headline) -> documents.Headline:
    return {"total": found.total, "trainable": found.trainable, "non_trainable": found.non_trainable}


def _side(side: Side) -> documents.Side:
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
        "mode": side.mode.value,
    }


def finding_document(finding: Finding, severity: Severity, accepted: str | None) -> documents.Finding:
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
        "left_value": finite(finding.left_value),
        "right_value": finite(finding.right_value),
        "delta": finding.delta,
        "message": finding.message,
        "remedy": finding.remedy,
        "caused_by": finding.caused_by,
        "fingerprint": finding.fingerprint,
        "measured": finite(finding.measured),
        "accepted": accepted,
    }


def _row(row: Row) -> models.Row:
    return {
        **_totals(row),
        "kind": row.kind,
        "shape_reason": row.reason or None,
        "kernel": list(row.kernel),
        "strides": list(row.strides),
        "formula": row.formula or None,
        "weights": [_weight(weight) for weight in row.weights],
    }


def _module(row: Row) -> models.Module:
    return {**_totals(row), "layers": row.layers}


def _totals(row: Row) -> models.Totals:
    return {
        "path": row.path,
        "type": row.type,
        "input_shapes": [None if shape is None else list(shape) for shape in row.inputs],
        "output_shapes": [list(shape) for shape in row.shapes],
        "further_output_shapes": [list(shape) for shapes in row.further for shape in shapes],
        "connected_to": list(row.connected),
        "params": row.params,
        "params_with_shared": row.held,
        "trainable": row.trainable,
        "frozen": row.frozen,
        "state": row.state,
        "uncounted": row.uncounted or None,
        "macs": row.macs,
        "activation_bytes": row.activations,
        "weight_bytes": row.stored,
        "dtype": row.dtype or None,
    }


def _weight(weight: Weight) -> models.Weight:
    return {
        "name": weight.name,
        "role": weight.role,
        "shape": list(weight.shape),
        "axes": weight.axes,
        "dtype": weight.dtype,
        "class": weight.census.value,
    }


RENDERER = Renderer("json", "for programs; the schema is printed by parity schema", run, report, summary, explained)
