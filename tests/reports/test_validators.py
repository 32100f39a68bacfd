"""What is printed, read by the programs of others: schemas, parsers, and names that try to be more than names."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt
from reports.hostile import attacked, attacked_run, multiplied

import parity
from parity.reports import SCHEMA, Outcome, Run, Screen, named, renderers, run_of
from parity.reports.markdown import LIMIT
from parity.suppression import Suppression

SCHEMAS = Path(__file__).parent / "schemas"
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\uffff]")


@pytest.fixture(scope="module")
def report(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2")


@pytest.fixture(scope="module", params=["plain", "attacked", "attacked run", "large", "accepted", "broken"])
def run(request, report):
    everything = {finding.fingerprint: "it is <b>fine</b>" for finding, _ in report.findings}
    return {
        "plain": lambda: run_of(report),
        "attacked": lambda: run_of(attacked(report)),
        "attacked run": lambda: attacked_run(report),
        "large": lambda: run_of(multiplied(report, 600)),
        "accepted": lambda: run_of(replace(report, accepted=everything)),
        "broken": lambda: replace(attacked_run(report), outcomes=attacked_run(report).outcomes[4:]),
    }[request.param]()


def said(name, run):
    text = named(name).run(run, Screen())
    text.encode()
    return text


@pytest.mark.parametrize("name", sorted(renderers()))
def test_nothing_acts_on_a_terminal_or_hides(run, name):
    assert HIDDEN.findall(said(name, run)) == []


def test_sarif(run):
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())
    found = json.loads(said("sarif", run))

    jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker()).validate(found)
    (only,) = found["runs"]
    assert len(only["results"]) <= 5000
    rules = only["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in only["results"])
    prints = [
        result["partialFingerprints"]["parity/v1"] for result in only["results"] if "partialFingerprints" in result
    ]
    assert len(set(prints)) == len(prints)
    assert only["invocations"][0]["executionSuccessful"] == (run.state != "broken")
    left_out = [each for each in only["invocations"][0]["toolExecutionNotifications"] if each["level"] == "warning"]
    total = sum(len(each.report.findings) for each in run.outcomes if each.report is not None) + len(run.notes)
    assert bool(left_out) == (total > 5000)


def test_junit(run):
    text = said("junit", run)
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    root = ET.fromstring(text)  # noqa: S314  our own

    suites = [suite for suite in root if suite.get("name") != "configuration"]
    assert len(suites) == len(run.outcomes)
    for suite, outcome in zip(suites, run.outcomes, strict=True):
        cases = list(suite.iter("testcase"))
        assert [case.get("name") for case in cases] == [suite.get("name")]
        bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
        assert bool(bad) == (outcome.state != "passed")
        assert int(suite.get("tests")) == len(cases)


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json(run, name):
    text = said(name, run)
    if name == "json":
        jsonschema.validate(json.loads(text), SCHEMA)
        return
    validator = jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": "#/$defs/line"}]})
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines[-200:]:
        validator.validate(line)
    kinds = [line["type"] for line in lines]
    assert kinds.count("pair") == len(run.outcomes)
    assert kinds.count("note") == len(run.notes)
    assert kinds.count("finding") == sum(len(each.report.findings) for each in run.outcomes if each.report is not None)


def test_gitlab(run):
    found = json.loads(said("gitlab", run))

    for issue in found:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
    prints = [issue["fingerprint"] for issue in found]
    assert len(set(prints)) == len(prints)
    broken = [issue for issue in found if issue["severity"] == "blocker"]
    assert len(broken) == sum(each.report is None for each in run.outcomes)


def test_github(run):
    lines = said("github", run).splitlines()
    commands = [line for line in lines if line.startswith("::")]

    assert lines[-1].startswith(f"parity {run.state.value}: ")
    assert len(commands) == len(lines) - 1
    annotations = [line for line in commands if re.match(r"::(error|warning) ", line)]
    assert len(annotations) <= 10
    for line in commands:
        head, message = re.fullmatch(r"::(?:error|warning|notice) ([^:]*)::(.*)", line).groups()
        assert set(re.findall(r"(\w+)=", re.sub(r"title=.*", "title=", head))) <= {"file", "line", "title"}
        assert "\n" not in message
    if len(commands) > 10:
        assert re.match(r"::notice title=parity::and [\d,]+ more", commands[10])


def test_github_counts_what_it_does_not_show(report):
    many = multiplied(report, 100)
    text = said("github", run_of(many))

    errors = sum(severity == "error" for _, severity in many.findings)
    assert f"and {errors - 10:,} more" in text


def test_markdown(run):
    text = said("markdown", run)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)

    assert len(text.encode()) <= 65_536
    tags = set(re.findall(r"<(/?[a-z0-9]+)", page))
    assert {tag.strip("/") for tag in tags} <= {
        *("h1", "h2", "h3", "h4", "ul", "li", "p", "table", "thead", "tbody", "tr", "th", "td"),
        *("code", "strong", "br", "details", "summary"),
    }, tags
    assert "<a " not in page
    assert "<img" not in page
    assert not re.search(r"@[a-z]", re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL))
    assert page.count("<details>") == page.count("</details>")
    assert page.count("<table>") >= 1


def test_markdown_folds_what_is_equal(report):
    many = multiplied(report, 600)
    text = said("markdown", run_of(many))

    assert "did not fit" not in text
    assert re.search(
        r"^\| `epsilon` \| 600 layers, first `block0\.batch_norm[^|]*\| `0\.001 / 1e-05` \|", text, re.MULTILINE
    )
    assert len(text.encode()) < 10_000


def test_markdown_loses_no_kind_of_finding(report):
    different = tuple(
        (replace(finding, left_value=f"{at} {'x' * 900}", fingerprint=f"{at:012}"), severity)
        for at, (finding, severity) in enumerate(multiplied(report, 60).findings)
    )
    runs = Run(tuple(Outcome(f"pair {at}", "l", "r", replace(report, findings=different)) for at in range(20)))
    text = said("markdown", runs)

    shown = len(re.findall(r"^\| `[a-z-]+` \| (?:`block|`nothing|\d+ layers)", text, re.MULTILINE))
    (rest,) = re.findall(r"and ([\d,]+) findings more that did not fit", text)
    assert shown > 20
    assert int(rest.replace(",", "")) + shown <= len(different) * 20
    assert set(re.findall(r"`([a-z-]+)`", text)) >= {finding.rule for finding, _ in report.findings}
    assert len(text.encode()) <= LIMIT
    counted = sum(
        int(each.replace(",", "")) for each in re.findall(r"`[a-z-]+` ([\d,]+)(?:, |$)", text.splitlines()[-1])
    )
    assert counted == int(rest.replace(",", ""))


def test_markdown_of_very_many_pairs_shows_those_that_failed(report):
    outcomes = [Outcome(f"good {at}", "l", "r", report, fail_on="never") for at in range(900)]
    runs = Run((*outcomes, Outcome("bad", "l", "r", None, "cannot read 'l'")))
    text = said("markdown", runs)

    assert "| `bad` |" in text
    assert re.search(r"and \d+ more pairs", text)
    assert len(text.encode()) <= LIMIT


def test_everything_of_a_small_report_is_in_the_comment(report):
    text = said("markdown", run_of(report))

    assert "did not fit" not in text
    for finding, _ in report.findings:
        assert f"`{finding.rule}`" in text


def test_concise_has_a_line_for_each_finding(run):
    lines = said("concise", run).splitlines()

    standing = 0
    for outcome in run.outcomes:
        if outcome.report is not None:
            accepted = outcome.report.accepted
            roots = [each for each, _ in outcome.report.findings if each.caused_by is None]
            standing += sum(each.fingerprint not in accepted for each in roots)
    assert len(lines) == standing + len(run.outcomes) + len(run.notes) + (len(run.outcomes) > 1)


def test_a_suppression_has_its_reason_in_sarif(report):
    from datetime import date

    from parity.suppression import Book

    found = Book([Suppression("epsilon", "checked by hand")], date(2026, 1, 1)).accept("", report)
    results = json.loads(said("sarif", run_of(found)))["runs"][0]["results"]

    (only,) = [each for each in results if each["ruleId"] == "epsilon"]
    assert only["suppressions"][0]["justification"] == "checked by hand"
