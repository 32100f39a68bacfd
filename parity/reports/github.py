"""Annotations of GitHub Actions: workflow commands, of which GitHub shows ten of a sort and drops the rest."""

from parity.reports._contract import Outcome, Place, Run, State
from parity.reports._escape import command, command_property
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._wording import name_of, note_line, outcome_line, roots, run_line, values, where
from parity.rules import Severity

MOST = 10
"""Annotations, so that GitHub hides none without saying so."""

RANK = {Severity.ERROR: 0, Severity.WARNING: 1}

Line = tuple[int, str]


def run(found: Run, _: Screen) -> str:
    """The most severe findings as annotations, the number of the others, and the answer as plain text."""
    found = safe(found)
    lines = sorted((line for outcome in found.outcomes for line in _lines(outcome)), key=lambda line: line[0])
    lines += [(1, _command(note.severity, note.place, note.rule, note_line(note))) for note in found.notes]
    shown = [text for _, text in lines[:MOST]]
    if len(lines) > MOST:
        rest = f"and {len(lines) - MOST:,} more that are not shown here; the full report has them"
        shown.append(f"::notice title=parity::{rest}")
    # A line of plain text must not be taken for a command: it begins with a word of our own.
    return "\n".join([*shown, f"parity {found.state.value}: {command(run_line(found))}"]) + "\n"


def _lines(outcome: Outcome) -> list[Line]:
    name = name_of(outcome)
    if outcome.report is None:
        return [(0, _command(Severity.ERROR, outcome.place, f"{name}: not checked", outcome.failure))]
    lines = []
    for finding, severity in roots(outcome.report):
        if severity in RANK:
            said = "\n".join(
                part for part in (where(finding), values(finding), finding.message, finding.remedy) if part
            )
            lines.append((RANK[severity], _command(severity, outcome.place, f"{name}: {finding.rule}", said)))
    if not lines and outcome.state is State.FAILED:
        lines.append((0, _command(Severity.ERROR, outcome.place, name, outcome_line(outcome))))
    return lines


def _command(severity: Severity, place: Place | None, title: str, message: str) -> str:
    word = {Severity.ERROR: "error", Severity.WARNING: "warning"}.get(severity, "notice")
    properties = [f"file={command_property(place.file)}", f"line={place.line}"] if place is not None else []
    return f"::{word} {','.join([*properties, f'title={command_property(title)}'])}::{command(message)}"


RENDERER = Renderer("github", "annotations of GitHub Actions", run)
