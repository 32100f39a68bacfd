"""JUnit XML: a suite for each pair, in it a case for the pair as a whole and one for each facet."""

from xml.etree import ElementTree as ET

from parity.policy import is_open, is_real
from parity.reports._contract import Outcome, Report, Run, State
from parity.reports._outputs import lines
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._wording import name_of, note_line, outcome_line, values, where
from parity.rules import Finding

MOST = 50
"""Findings that a case spells out."""


def run(found: Run, _: Screen) -> str:
    """A case fails where its facet keeps the gate closed, is skipped where nobody asked, an error without a report."""
    found = safe(found)
    root = ET.Element("testsuites", name="parity")
    for outcome in found.outcomes:
        _suite(root, outcome)
    if found.notes:
        suite = ET.SubElement(root, "testsuite", name="configuration")
        case = ET.SubElement(suite, "testcase", classname="configuration", name="suppressions")
        text = "\n".join(map(note_line, found.notes))
        if found.state is State.FAILED and all(each.state is State.PASSED for each in found.outcomes):
            ET.SubElement(case, "failure", message=found.notes[0].message, type=found.notes[0].rule).text = text
        else:
            ET.SubElement(case, "system-out").text = text
    for suite in root:
        _count(suite)
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _count(element: ET.Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if element.tag == "testsuite" or name != "skipped":
            element.set(name, str(len(list(element.iter(tag)))))


def _suite(root: ET.Element, outcome: Outcome) -> None:
    name = name_of(outcome)
    suite = ET.SubElement(root, "testsuite", name=name)
    whole = ET.SubElement(suite, "testcase", classname=name, name="pair")
    if outcome.report is None:
        ET.SubElement(whole, "error", message=outcome.failure, type="not-checked")
        return
    if outcome.state is State.FAILED:
        said = outcome_line(outcome)
        ET.SubElement(whole, "failure", message=said, type=outcome.report.verdict.value).text = said
    for facet, state in outcome.report.facets.items():
        case = ET.SubElement(suite, "testcase", classname=name, name=facet)
        standing = _standing(outcome.report, facet, outcome.fail_on)
        if standing:
            first = standing[0]
            text = "\n".join(_words(finding) for finding in standing[:MOST])
            text += f"\nand {len(standing) - MOST:,} more" if len(standing) > MOST else ""
            ET.SubElement(case, "failure", message=f"{first.rule}: {first.message}", type=state).text = text
        elif facet == "outputs" and outcome.report.outputs is not None:
            ET.SubElement(case, "system-out").text = "\n".join(lines(outcome.report))
        elif state == "unchecked" and not any(finding.facet.value == facet for finding, _ in outcome.report.findings):
            ET.SubElement(case, "skipped", message="not asked for")


def _standing(report: Report, facet: str, fail_on: str) -> list[Finding]:
    """The findings of a facet that keep the gate closed."""
    levels = {"error": (), "never": (), "warning": ("warning",)}.get(fail_on, ("warning", "info"))
    return [
        finding
        for finding, severity in report.findings
        if finding.facet.value == facet
        and fail_on != "never"
        and finding.fingerprint not in report.accepted
        and (is_real(finding, severity) or is_open(finding, severity) or severity.value in levels)
    ]


def _words(finding: Finding) -> str:
    parts = (finding.rule, where(finding), values(finding), finding.message, finding.remedy)
    return ": ".join(part for part in parts if part)


RENDERER = Renderer("junit", "JUnit XML", run)
