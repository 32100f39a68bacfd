"""How often each rule found something, over all pairs of a run."""

from collections import defaultdict
from dataclasses import dataclass, field

from parity.policy import SEVERITIES
from parity.reports import _wording as words
from parity.reports._contract import Run
from parity.reports._safe import safe
from parity.rules import Severity


@dataclass
class _Count:
    findings: int = 0
    accepted: int = 0
    pairs: dict[str, None] = field(default_factory=dict)


def statistics(found: Run) -> str:
    """A line for each rule and severity: how many findings, how many of them accepted, and in which pairs."""
    found = safe(found)
    counts: dict[tuple[Severity, str], _Count] = defaultdict(_Count)
    for outcome in found.outcomes:
        for finding, severity in outcome.report.findings if outcome.report is not None else ():
            count = counts[severity, finding.rule]
            count.findings += 1
            count.accepted += finding.fingerprint in outcome.report.accepted if outcome.report is not None else 0
            count.pairs[words.name_of(outcome)] = None
    order = sorted(counts, key=lambda key: (SEVERITIES.index(key[0]), -counts[key].findings, key[1]))
    width = max((len(rule) for _, rule in order), default=0)
    lines = [f"{counts[key].findings:>7,}  {key[0].value:7}  {key[1]:{width}}  {_where(counts[key])}" for key in order]
    return "\n".join([*lines, *([""] if lines else []), f"  {found.state.value.upper()}   {words.run_line(found)}", ""])


def _where(count: _Count) -> str:
    accepted = f", {count.accepted:,} accepted" if count.accepted else ""
    return f"in {words.plural(len(count.pairs), 'pair')}: {words.few(tuple(count.pairs))}{accepted}"
