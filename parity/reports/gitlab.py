"""GitLab's code quality report, as its widget in merge requests reads it."""

from hashlib import blake2b
from typing import Any

from parity.reports._contract import Outcome, Place, Run
from parity.reports._renderer import Renderer, Screen
from parity.reports._wording import name_of, roots, values, where
from parity.reports.json import dumped
from parity.rules import Severity

LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def run(found: Run, _: Screen) -> str:
    """An issue for each finding that follows from no other, each pair that could not be checked, and each note."""
    issues = [issue for outcome in found.outcomes for issue in _issues(outcome)]
    issues += [_issue(note.rule, LEVELS[note.severity], note.message, note.place, note.message) for note in found.notes]
    return dumped(issues, indent=1) + "\n"


def _issues(outcome: Outcome) -> list[dict[str, Any]]:
    name, place = name_of(outcome), outcome.place or Place(outcome.left, 1)
    if outcome.report is None:
        return [_issue("not-checked", "blocker", f"{name}: {outcome.failure}", place, name)]
    return [
        _issue(
            finding.rule,
            LEVELS[severity],
            " ".join(part for part in (f"{name}:", where(finding), values(finding), finding.message) if part),
            place,
            f"{name}\x1f{finding.fingerprint}",
        )
        for finding, severity in roots(outcome.report)
    ]


def _issue(rule: str, severity: str, text: str, place: Place | None, mark: str) -> dict[str, Any]:
    where_ = place or Place("parity.toml", 1)
    return {
        "description": text,
        "check_name": rule,
        "fingerprint": blake2b(f"{rule}\x1f{mark}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
        "severity": severity,
        "location": {"path": where_.file, "lines": {"begin": where_.line}},
    }


RENDERER = Renderer("gitlab", "GitLab code quality", run)
