"""JUnit XML: a case for each pair, in a suite of its own; what keeps the gate closed stands in its failure by facet."""

from xml.etree import ElementTree as ET

from parity.policy import is_open, is_real
from parity.reports._contract import Outcome, Report, Run, State
from parity.reports._outputs import lines
from parity.reports._renderer import Renderer, Screen
from parity.reports._safe import safe
from parity.reports._wording import name_of, note_line, outcome_line, values, where
from parity.rules import Finding

MOST = 50
"""Findings of a facet that are spelled out."""


def run(found: Run, _: Screen) -> str:
    """A case fails where its pair does, and is an error where there is no report."""
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
    case = ET.SubElement(suite, "testcase", classname="parity", name=name)
    report = outcome.report
    if report is None:
        ET.SubElement(case, "error", message=outcome.failure, type="not-checked")
        return
    if outcome.state is State.FAILED:
        said = outcome_line(outcome)
        facets = [_facet(report, facet, outcome.fail_on) for facet in report.facets]
        text = "\n".join((said, *(line for found in facets for line in found)))
        ET.SubElement(case, "failure", message=said, type=report.verdict.value).text = text
    if report.outputs is not None:
        ET.SubElement(case, "system-out").text = "\n".join(lines(report))


def _facet(report: Report, facet: str, fail_on: str) -> list[str]:
    """What keeps the gate closed in a facet, under its name."""
    standing = _standing(report, facet, fail_on)
    if not standing:
        return []
    more = [f"and {len(standing) - MOST:,} more"] if len(standing) > MOST else []
    return ["", f"{facet}:", *map(_words, standing[:MOST]), *more]


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
