"""SARIF 2.1.0: a model file has no lines, so a finding stands where its pair is configured."""

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from parity._version import __version__
from parity.policy import NOTES
from parity.reports._contract import Note, Outcome, Place, Run, State
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._wording import name_of, values, where
from parity.reports.json import dumped
from parity.rules import Finding, Severity, documentation, rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
MOST = 5_000
"""Results that GitHub shows of one file."""


def run(found: Run, _: Screen) -> str:
    """One run: a result for each finding and note, a notification for each pair that could not be checked."""
    found = safe(found)
    results = [result for outcome in found.outcomes for result in _results(outcome)]
    results += [_note(note) for note in found.notes]
    used = {result["ruleId"] for result in results}
    described = [_rule(name) for name in (*rules(), *NOTES) if name in used]
    at = {rule["id"]: index for index, rule in enumerate(described)}
    results = [{"ruleIndex": at[result["ruleId"]], **result} for result in results]
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "parity", "semanticVersion": __version__, "rules": described}},
                "invocations": [_invocation(found, len(results))],
                "results": results[:MOST],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }
    return dumped(document, indent=1) + "\n"


def _rule(name: str) -> dict[str, Any]:
    text = documentation(name) if name in rules() else NOTES[name]
    title, _, rest = text.partition("\n")
    return {"id": name, "shortDescription": {"text": title}, "fullDescription": {"text": rest.strip() or title}}


def _invocation(found: Run, results: int) -> dict[str, Any]:
    said = [
        {"level": "error", "message": {"text": f"{name_of(outcome)}: {outcome.failure}"}, "locations": _places(outcome)}
        for outcome in found.outcomes
        if outcome.state is State.BROKEN
    ]
    if results > MOST:
        said.append({"level": "warning", "message": {"text": f"{results - MOST:,} more results are left out"}})
    done = found.state is not State.BROKEN
    return {"executionSuccessful": done, "toolExecutionNotifications": said}


def _results(outcome: Outcome) -> list[dict[str, Any]]:
    report = outcome.report
    if report is None:
        return []
    return [
        _result(outcome, finding, severity, report.accepted.get(finding.fingerprint))
        for finding, severity in report.findings
    ]


def _result(outcome: Outcome, finding: Finding, severity: Severity, reason: str | None) -> dict[str, Any]:
    said = ". ".join(part for part in (values(finding), finding.message, finding.remedy) if part)
    logical = [
        {"fullyQualifiedName": f"{side}/{path}", "name": path, "kind": "element"}
        for side, paths in (("left", finding.left), ("right", finding.right))
        for path in paths
    ]
    location: dict[str, Any] = {"physicalLocation": _physical(_place(outcome))}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[severity],
        "message": {"text": f"{name_of(outcome)}: {where(finding)}: {said}"},
        "locations": [location | ({"logicalLocations": logical} if logical else {})],
        "partialFingerprints": {"parity/v1": f"{name_of(outcome)}/{finding.fingerprint}"},
        "properties": {
            "effect": finding.effect.value,
            "facet": finding.facet.value,
            "pair": name_of(outcome),
            "causedBy": finding.caused_by,
            "delta": finding.delta,
        },
    }
    if reason is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _note(note: Note) -> dict[str, Any]:
    return {
        "ruleId": note.rule,
        "level": LEVELS[note.severity],
        "message": {"text": note.message},
        "locations": [{"physicalLocation": _physical(note.place or Place("parity.toml", 1))}],
    }


def _place(outcome: Outcome) -> Place:
    return outcome.place or Place(outcome.left, 1)


def _places(outcome: Outcome) -> list[dict[str, Any]]:
    return [{"physicalLocation": _physical(_place(outcome))}]


def _physical(place: Place) -> dict[str, Any]:
    path = PurePath(place.file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    return {"artifactLocation": {"uri": uri}, "region": {"startLine": place.line}}


RENDERER = Renderer("sarif", "SARIF 2.1.0", run)
