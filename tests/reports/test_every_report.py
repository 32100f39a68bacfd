"""Each renderer says one shared scenario as its golden file does; --update-golden writes them anew."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import parity
from parity.reports import Note, Outcome, Place, Run, Screen, named, renderers
from parity.rules import Severity

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def scenario(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        pair = "bn_cnn.keras", "bn_cnn.pt2"
        return parity.compare(*pair), parity.summary("bn_cnn.pt2"), parity.explain(*pair, "fc1")


@pytest.fixture(scope="module")
def broken():
    """A run of three pairs: one that differs, one that passes since all is accepted, one that cannot be read."""
    place = Place("parity.toml", 7)
    return lambda report: Run(
        (
            Outcome("classifier", "a.keras", "a.pt2", report, place=place),
            Outcome("accepted", "b.keras", "b.pt2", replace(report, accepted=_all(report)), place=place),
            Outcome("lost", "c.keras", "c.pt2", None, "cannot read 'c.keras': there is no such file", place=place),
        ),
        (Note("suppression-unused", Severity.WARNING, "the suppression of epsilon is of no use", place),),
    )


def _all(report):
    return {finding.fingerprint: "looked at on Monday" for finding, _ in report.findings}


@pytest.mark.parametrize("name", sorted(renderers()))
@pytest.mark.parametrize("what", ["report", "run", "summary", "explained"])
def test_every_report(scenario, broken, golden, name, what):
    report, summary, explained = scenario
    found, screen = renderers()[name], Screen(80 if name == "text" else None)
    if what in {"summary", "explained"}:
        said = getattr(found, what)
        if said is None:
            return
        text = said(summary if what == "summary" else explained, screen)
    else:
        text = found.compared(report, screen) if what == "report" else found.run(broken(report), screen)

    golden(GOLDEN / f"{what}.{name}", _without_assets(text) if name == "html" else text)


def _without_assets(page):
    """A page without its scripts and styles, which are files of their own, and their hashes."""
    bare = re.sub(r"(<script>).*?(</script>)", r"\1\2", page, flags=re.DOTALL)
    bare = re.sub(r"(<style>).*?(</style>)", r"\1\2", bare, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]+", "sha256-...", bare.replace("&#43;", "+"))


@pytest.mark.parametrize("name", sorted(renderers()))
def test_a_renderer_is_found_by_its_name_alone(name):
    assert named(name) is renderers()[name]


def test_no_golden_file_is_left_over():
    found = renderers().values()
    wanted = {f"{what}.{each.name}" for what in ("report", "run") for each in found}
    wanted |= {f"{what}.{each.name}" for what in ("summary", "explained") for each in found if getattr(each, what)}

    assert {path.name for path in GOLDEN.iterdir()} == wanted
