"""One HTML file that needs nothing else: no network, no library, and no script to show all that there is."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import PurePath
from typing import Any

from parity._version import __version__
from parity.reports import _blocks as blocks
from parity.reports import _charts as charts
from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._blocks import Block
from parity.reports._contract import Outcome, Report, Run, State
from parity.reports._html_summary import summary
from parity.reports._page_data import WALKED, Walks, document, walks
from parity.reports._page_rows import table
from parity.reports._picture import KINDS, SIGNS, picture
from parity.reports._renderer import Renderer, Screen
from parity.reports._rows import Line, arranged
from parity.reports._safe import safe
from parity.reports._weights import HEADINGS, sorted_tensors, tally
from parity.reports._weights import row as cells
from parity.rules import Finding, documentation, rules

PLACES = 200
"""Layers of one group of findings that are named."""

STYLES = ("colours.css", "picture.css", "page.css")
SCRIPTS = ("layout.js", "picture.js", "view.js", "panel.js", "page.js")


def run(found: Run, screen: Screen) -> str:
    """The page of a run: the answer, the notes, a section for each pair, and the text of the rules that spoke."""
    from parity.reports._templates import filled, text

    most = WALKED // max(len(found.outcomes), 1)
    walked = [walks(outcome.report, most) if outcome.report is not None else {} for outcome in found.outcomes]
    found = safe(found)
    scripts = [text("dagre.min.js"), "\n".join(('"use strict";', *map(text, SCRIPTS)))]
    hashes = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)
    numbered = enumerate(zip(found.outcomes, walked, strict=True), 1)
    return filled(
        "page.html",
        title=words.title(found),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src {hashes}; img-src data:; base-uri 'none'",
        style="".join(map(text, STYLES)),
        scripts=scripts,
        state=found.state.value,
        said=words.run_line(found),
        alone=len(found.outcomes) == 1,
        notes=[words.note_line(note) for note in found.notes],
        effects=[effect.value for effect in words.HEADINGS],
        signs={KINDS[mark]: SIGNS[KINDS[mark]] for mark in KINDS},
        pairs=[_pair(number, outcome, each, folds=len(found.outcomes) > 1) for number, (outcome, each) in numbered],
        rules=list(_rules(found)),
        version=__version__,
        command=safe(screen.command),
        made=screen.made,
    )


def _rules(found: Run) -> Iterator[tuple[str, str, str]]:
    """Name, first line and text of each rule that said something."""
    reports = [outcome.report for outcome in found.outcomes if outcome.report is not None]
    names = {finding.rule for report in reports for finding, _ in report.findings}
    names |= {step.rule for report in reports for step in report.ledger.steps}
    for name in sorted(names & set(rules())):
        first, _, rest = documentation(name).partition("\n")
        yield name, first, rest.strip()


def _pair(number: int, outcome: Outcome, walked: Walks, *, folds: bool) -> dict[str, Any]:
    report = outcome.report
    told: dict[str, Any] = {
        "number": number,
        "name": words.against(outcome),
        "state": outcome.state.value,
        "line": words.outcome_line(outcome),
        "failure": outcome.failure,
        "verdict": "",
        "tally": "",
        "report": report,
    }
    if report is None:
        return told
    lines = arranged(report)
    names = PurePath(report.left.source).name[:60], PurePath(report.right.source).name[:60]
    return {
        **told,
        "folded": folds and outcome.state is State.PASSED,
        "verdict": report.verdict.value,
        "tally": f"{words.tally(report)}, profile {report.profile.name}",
        "sides": [
            (name, side, f"{side.headline.total:,}", words.counted(side))
            for name, side in (("left", report.left), ("right", report.right))
        ],
        "names": names,
        "picture": picture(lines, names),
        "data": document(report, lines, walked),
        "ledger": charts.parameters(report),
        "balance": words.balance(report),
        "outputs": _outputs(report),
        "findings": _findings(report, lines),
        "weights": _weights(report),
        "sections": table(lines, _sections(lines)),
        "closing": " ".join((*words.closing(report), *computed.verified(report))),
    }


def _sections(lines: Sequence[Line]) -> list[Block]:
    """The stretches of the table: blocks as in the picture at first, and what is alone between them together."""
    _, seen = blocks.opened(blocks.tree(lines), lines)
    found: list[Block] = []
    for folded, group in groupby(seen, key=lambda each: bool(each.parts)):
        stretch = list(group)
        found += stretch if folded else [Block(stretch[0].start, stretch[-1].end)]
    return found


def _outputs(report: Report) -> dict[str, Any] | None:
    found = report.outputs
    if found is None:
        return None
    return {
        "inputs": found.inputs,
        "lines": computed.lines(report),
        "depth": charts.depth(found),
        "headings": computed.HEADINGS,
        "causes": charts.causes(found),
        "ticks": charts.ticks(),
    }


def _findings(report: Report, lines: Sequence[Line]) -> dict[str, Any]:
    places = {finding.fingerprint: row for row, line in enumerate(lines) for finding in line.findings}
    follows = words.consequences(report)
    sections = []
    for heading, effect, found in words.sections(report):
        groups = []
        for group in words.grouped(found, effect):
            after = [each for root in group for each in follows.get(root.fingerprint, ())]
            groups.append(_group(group, places, words.follows_in_words(after)))
        if groups:
            sections.append((heading, effect.value, groups))
    return {
        "none": not report.findings,
        "sections": sections,
        "accepted": [(each.rule, words.where(each), reason) for each, reason in words.accepted(report)],
        "left_out": ", ".join(sorted({each.rule for each in report.left_out})),
    }


def _group(group: list[Finding], places: dict[str, int], follows: Sequence[str]) -> dict[str, Any]:
    first, messages = group[0], {finding.message for finding in group}
    shown = group[:PLACES] if first.left or first.right else []
    told = [(places.get(each.fingerprint), words.where(each), each.message) for each in shown]
    return {
        "rule": first.rule,
        "id": first.fingerprint,
        "real": first.effect in words.REAL,
        "both": words.values(*group) if first.effect not in words.CALM else "",
        "places": [(row, where, said if len(messages) > 1 else "") for row, where, said in told],
        "folds": len(group) > words.SHOWN,
        "count": len(group),
        "rest": len(group) - len(shown) if shown else 0,
        "message": first.message if len(messages) == 1 else "",
        "remedies": words.remedies(group),
        "follows": follows,
    }


def _weights(report: Report) -> dict[str, Any] | None:
    if report.weights is None:
        return None
    rows = [cells(each) for each in sorted_tensors(report.weights)]
    return {"tally": tally(report.weights), "headings": [each.capitalize() for each in HEADINGS], "rows": rows}


RENDERER = Renderer(
    "html", "one HTML page with a picture of the comparison, which needs no network", run, summary=summary
)
