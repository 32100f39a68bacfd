"""JSON lines: a document for each finding, pair and note, for programs that read as it comes."""

from collections.abc import Iterator

from parity.reports import _documents as documents
from parity.reports._contract import Note, Outcome, Run
from parity.reports._renderer import Renderer, Screen
from parity.reports.json import dumped, finding_document, place_document


def run(found: Run, _: Screen) -> str:
    """Each line says its ``type`` and, but for a note, the ``pair`` that it is of."""
    lines = (line for outcome in found.outcomes for line in _lines(outcome))
    return "".join(f"{dumped(line)}\n" for line in (*lines, *map(_note, found.notes)))


def _note(note: Note) -> documents.NoteLine:
    return {
        "type": "note",
        "rule": note.rule,
        "severity": note.severity.value,
        "message": note.message,
        **place_document(note.place),
    }


def _lines(outcome: Outcome) -> Iterator[documents.FindingLine | documents.PairLine]:
    report = outcome.report
    for finding, severity in report.findings if report is not None else ():
        reason = report.accepted.get(finding.fingerprint) if report is not None else None
        yield {"type": "finding", "pair": outcome.name, **finding_document(finding, severity, reason)}
    yield {
        "type": "pair",
        "pair": outcome.name,
        "left": outcome.left,
        "right": outcome.right,
        "state": outcome.state.value,
        "verdict": report.verdict.value if report is not None else None,
        "profile": report.profile.name if report is not None else None,
        "failure": outcome.failure or None,
        **place_document(outcome.place),
    }


RENDERER = Renderer("jsonl", "a JSON document for each finding and pair, a line each", run)
