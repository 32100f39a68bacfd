"""A line for each finding, and one for the answer: for grep, and for logs that are read in passing."""

from collections.abc import Iterator

from parity.reports._contract import Outcome, Run
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._wording import name_of, note_line, outcome_line, roots, run_line, values, where


def run(found: Run, _: Screen) -> str:
    """Every finding that follows from no other, the answer for each pair, the notes, and the answer for all."""
    found = safe(found)
    lines = [line for outcome in found.outcomes for line in _lines(outcome)]
    lines += [f"{note.severity.value}: {note_line(note)}" for note in found.notes]
    if len(found.outcomes) > 1:
        lines.append(f"{found.state.value}: {run_line(found)}")
    return "\n".join(lines) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    name = name_of(outcome)
    for finding, severity in roots(outcome.report) if outcome.report is not None else ():
        said = ": ".join(part for part in (values(finding), finding.message) if part)
        yield f"{name}: {severity.value}: {finding.rule}: {where(finding)}: {said}"
    yield f"{name}: {outcome.state.value}: {outcome_line(outcome)}"


RENDERER = Renderer("concise", "a line for each finding", run)
