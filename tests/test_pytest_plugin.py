"""The plugin in the sessions of others: each option, fixture and marker, alone and under xdist."""

import json
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np  # noqa: F401  sessions within this process would load it once more, which it refuses
import pytest

from parity.testing import Mismatch, assert_parity
from parity.testing._snapshots import safe_name
from tests.projects import TWO_PAIRS

PLAIN = ("-p", "no:randomly", "-p", "no:cacheprovider")
CONFIG = f"""\
{TWO_PAIRS}[[pair]]
name = "known"
left = "bn_cnn.keras"
right = "bn_cnn.pt2"
""" + "".join(
    f'[[suppress]]\nrule = "{rule}"\nreason = "known"\npair = "known"\n'
    for rule in ("logits-against-probabilities", "activation-missing", "epsilon", "momentum")
)
DIFFERS = "def test_port(parity):\n    parity.assert_parity('bn_cnn.keras', 'bn_cnn.pt2')\n"
SAME = "def test_same(parity):\n    assert parity.assert_parity('bn_cnn.pt2', 'bn_cnn.pt2').verdict == 'equivalent'\n"
KEPT = "def test_kept(parity_snapshot):\n    assert 'bn_cnn.pt2' == parity_snapshot\n"


@pytest.fixture
def project(pytester, fixtures, monkeypatch):
    for path in fixtures.iterdir():
        shutil.copy(path, pytester.path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return pytester


def run(project, *arguments):
    return project.runpytest(*PLAIN, *arguments)


def snapshots(project):
    return sorted(str(path.relative_to(project.path)) for path in project.path.rglob("*.parity.json"))


def test_the_assertion(fixtures):
    pair = fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2"
    with pytest.raises(Mismatch) as error:
        assert_parity(*pair)

    lines = str(error.value).splitlines()
    assert lines[0] == "DIFFERENT: 4 real differences, 3 conversions, 3 bookkeeping (profile train)"
    assert any(line.startswith("L   ") and "158,358" in line for line in lines)
    assert any(line.startswith("R   ") and "158,294" in line for line in lines)
    at = lines.index("epsilon")
    assert lines[at + 1 : at + 3] == ["L   batch_normalization   0.001", "R   layer1.2              1e-05"]
    assert error.value.report.verdict == "different"
    assert (
        assert_parity(
            *pair, ignore=["logits-against-probabilities", "activation-missing", "epsilon", "momentum"]
        ).verdict
        == "equivalent"
    )
    assert assert_parity(pair[0], pair[0]).verdict == "equivalent"


def test_what_is_not_decided_is_no_pass(fixtures):
    with pytest.raises(Mismatch, match="INCONCLUSIVE"):
        assert_parity(fixtures / "bn_cnn_module.pt", fixtures / "bn_cnn_module.pt")


def test_the_fixture(project):
    project.makepyfile(SAME + DIFFERS)
    result = run(project)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*DIFFERENT: 4 real differences*", "*L   batch_normalization   0.001*", "*full report: *html*"]
    )
    (page,) = (project.path / "parity-reports" / "failures").iterdir()
    assert "activation-missing" in page.read_text()
    assert "parity/check.py" not in result.stdout.str(), "the traceback ends at the assertion"


def test_no_more_findings_than_asked_for(project):
    project.makepyfile(DIFFERS)
    result = run(project, "--parity-findings=1")

    result.stdout.fnmatch_lines(["*and 3 more findings*"])
    assert "momentum" not in result.stdout.str()


def test_the_marker_compares_its_pair(project):
    (project.path / "parity.toml").write_text(CONFIG)
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parity(pair="same")
        def test_alone():
            pass

        @pytest.mark.parity(pair="port")
        def test_differs():
            pass

        @pytest.mark.parity(pair="port")
        def test_by_fixture(parity):
            parity.assert_parity()

        @pytest.mark.parity(pair="port", ignore=["logits-against-probabilities"], profile="interface")
        def test_with_settings():
            pass

        @pytest.mark.parity(pair="known")
        def test_suppressed():
            pass

        @pytest.mark.parity(pair="prot")
        def test_no_such_pair():
            pass

        @pytest.mark.parity(pari="same")
        def test_no_such_setting():
            pass

        @pytest.mark.parity("same")
        def test_by_position():
            pass
        """
    )
    result = run(project, "--strict-markers")

    result.assert_outcomes(passed=3, failed=5)
    result.stdout.fnmatch_lines(["*did you mean port?*", "*did you mean pair?*", "*as pair='same'*"])


def test_nothing_to_compare_is_an_error(project):
    project.makepyfile("def test_it(parity):\n    parity.assert_parity()\n")

    run(project).assert_outcomes(failed=1)


def test_a_missing_snapshot_fails_until_it_is_written(project):
    project.makepyfile(test_models=KEPT)

    missing = run(project)
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*there is no snapshot*", "*--parity-update*"])
    assert snapshots(project) == []
    run(project, "--parity-update-new-only").assert_outcomes(passed=1)
    assert snapshots(project) == ["__parity__/test_models/test_kept.parity.json"]
    run(project).assert_outcomes(passed=1)


def test_a_changed_model_fails_until_it_is_accepted(project):
    project.makepyfile(test_models=KEPT)
    run(project, "--parity-update").assert_outcomes(passed=1)
    path = project.path / snapshots(project)[0]
    before = path.read_text()
    path.write_text(before.replace("1e-05", "0.001"))

    changed = run(project)
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(
        ["*DIFFERENT: 1 real difference (profile exact)*", "*L*0.001*", "*R*1e-05*", "*accept it with --parity-update*"]
    )
    run(project, "--parity-update-new-only").assert_outcomes(failed=1)
    run(project, "--parity-update").assert_outcomes(passed=1)
    assert path.read_text() == before


def test_weights_that_change_fail_where_the_snapshot_is_asked_to_hold_them(project):
    project.makepyfile(test_models=KEPT.replace("parity_snapshot\n", "parity_snapshot(weights=True)\n"))
    run(project, "--parity-update").assert_outcomes(passed=1)
    path = project.path / snapshots(project)[0]
    before = path.read_text()
    assert '"digests"' in before
    run(project).assert_outcomes(passed=1)

    digest = re.search('"fc2.weight": {"digest": "([0-9a-f]+)"', before)[1]
    path.write_text(before.replace(digest, "0" * 32))
    changed = run(project)
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(["*weights-changed*", "*has another digest*"])
    # One that was written without digests cannot tell, and does not pass.
    path.write_text(before[: before.index(',\n"digests"')] + "}\n")
    run(project).assert_outcomes(failed=1)
    run(project, "--parity-update").assert_outcomes(passed=1)
    assert path.read_text() == before


def test_an_unused_snapshot_fails_and_is_taken_out(project):
    project.makepyfile(test_models=KEPT, test_others=KEPT)
    run(project, "--parity-update").assert_outcomes(passed=2)
    project.makepyfile(test_models="def test_kept():\n    pass\n")
    (project.path / "test_others.py").unlink()

    unused = run(project)
    assert unused.ret == pytest.ExitCode.TESTS_FAILED
    unused.stdout.fnmatch_lines(["*unused snapshot*test_models*", "*unused snapshot*test_others*"])
    assert run(project, "-k", "kept").ret == 0, "where tests were left out nobody knows"
    assert run(project, "test_models.py::test_kept").ret == 0
    assert run(project, "--parity-update").ret == 0
    assert snapshots(project) == []
    assert not (project.path / "__parity__").exists()
    assert run(project).ret == 0


def test_a_test_that_fails_or_is_skipped_keeps_its_snapshot(project):
    project.makepyfile(test_models=KEPT)
    run(project, "--parity-update")
    project.makepyfile(test_models="import pytest\ndef test_kept(parity_snapshot):\n    pytest.skip('today')\n")

    assert run(project).ret == 0
    project.makepyfile(test_models="def test_kept(parity_snapshot):\n    assert False\n")
    failed = run(project, "--parity-update")
    failed.assert_outcomes(failed=1)
    assert len(snapshots(project)) == 1


def test_several_snapshots_in_a_test_and_names_of_any_kind(project):
    project.makepyfile(
        test_models="""
        import pytest

        @pytest.mark.parametrize("name", ["a/b", "a:b", "ü" * 200, "../../x"])
        def test_kept(parity_snapshot, name):
            assert "bn_cnn.pt2" == parity_snapshot
            assert "bn_cnn.keras" == parity_snapshot
            assert "bn_cnn.keras" == parity_snapshot(name="the/encoder", profile="inference")
        """
    )
    run(project, "--parity-update").assert_outcomes(passed=4)

    assert len(snapshots(project)) == 12
    assert {path.rpartition("/")[0] for path in snapshots(project)} == {"__parity__/test_models"}
    run(project).assert_outcomes(passed=4)


def test_a_live_model_is_kept(project):
    project.makepyfile(
        test_models="""
        import torch

        def test_kept(parity_snapshot):
            model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU())
            assert model == parity_snapshot(inputs=[(1, 4)])
            assert parity_snapshot(inputs=[(1, 4)], name="other side") == model
        """
    )
    project.runpytest_subprocess(*PLAIN, "--parity-update").assert_outcomes(passed=1)
    project.runpytest_subprocess(*PLAIN).assert_outcomes(passed=1)
    assert len(snapshots(project)) == 2


def test_a_file_of_tensors_is_what_it_was_though_it_tells_little(project):
    project.makepyfile(test_models=KEPT.replace("bn_cnn.pt2", "bn_cnn_module.pt"))

    run(project, "--parity-update").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=1)


def test_reports_of_all_comparisons(project):
    project.makepyfile(SAME + DIFFERS)
    result = run(
        project,
        *("--parity-report=html,junit", "--parity-report=json,markdown=kept/all.md", "--parity-report-dir=out"),
    )

    result.stdout.fnmatch_lines(["*report: *parity.html"])
    root = ET.parse(project.path / "out" / "parity.junit.xml").getroot()  # noqa: S314  our own
    assert len(root) == 2
    assert root.get("errors") == "0"
    found = json.loads((project.path / "out" / "parity.json").read_text())
    states = {pair["name"].rpartition("::")[2]: pair["state"] for pair in found["pairs"]}
    assert states == {"test_port": "failed", "test_same": "passed"}
    assert "<!DOCTYPE html>" in (project.path / "out" / "parity.html").read_text()
    assert "test_port" in (project.path / "kept" / "all.md").read_text()
    for unknown in ("htm", "all.html"):
        refused = run(project, f"--parity-report={unknown}")
        assert refused.ret == pytest.ExitCode.USAGE_ERROR
        refused.stderr.fnmatch_lines([f"*no report format '{unknown}'*html*or FORMAT=PATH*"])


ALL = """
    import parity
    import pytest
    from parity import assert_parity

    def test_port():
        assert_parity("bn_cnn.keras", "bn_cnn.pt2")

    def test_same():
        assert_parity("bn_cnn.pt2", "bn_cnn.pt2")

    def test_export():
        assert_parity("bn_cnn.pt2", "bn_cnn_dynamo.onnx", ignore=["mask-computed"])

    def test_expected():
        with pytest.raises(parity.Mismatch):
            assert_parity("bn_cnn.keras", "bn_cnn.pt2")
        with pytest.raises(parity.UnreadableModel):
            assert_parity("bn_cnn.keras", "gone.pt2")

    def test_by_hand():
        assert parity.compare("bn_cnn.keras", "bn_cnn.pt2").verdict == "different"

    @pytest.fixture
    def ported():
        return assert_parity("bn_cnn.keras", "bn_cnn.keras")

    def test_in_a_fixture(ported):
        pass

    def test_gone():
        assert_parity("bn_cnn.keras", "gone.pt2")

    def test_kept(parity_snapshot):
        assert "bn_cnn.pt2" == parity_snapshot
"""
STATES = {
    "test_port": "failed",
    "test_same": "passed",
    "test_export": "passed",
    "test_expected": "passed",
    "test_by_hand": "passed",
    "test_in_a_fixture": "passed",
    "test_gone": "broken",
    "test_kept": "passed",
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_every_comparison_of_a_session_is_in_its_report(project, workers):
    project.makepyfile(test_models=ALL)
    run(project, "-k", "kept", "--parity-update").assert_outcomes(passed=1, deselected=7)
    start = project.runpytest_subprocess if workers else project.runpytest
    result = start(*PLAIN, *workers, "--parity-report=json")

    result.assert_outcomes(passed=6, failed=2)
    found = json.loads((project.path / "parity-reports" / "parity.json").read_text())
    assert {pair["name"].rpartition("::")[2]: pair["state"] for pair in found["pairs"]} == STATES
    assert found["state"] == "broken"
    line = "parity: 8 comparisons: 6 passed, 1 failed, 1 broken; profile inference in 1, since one side is a file for *"
    result.stdout.fnmatch_lines([line, "report: *parity.json"])
    pages = [path.name for path in (project.path / "parity-reports" / "failures").iterdir()]
    assert len(pages) == 1, "what a test expects to differ leaves no page"
    assert "test_port" in pages[0]


def test_a_session_says_in_a_line_what_it_compared(project):
    project.makepyfile(test_models=KEPT + SAME)
    run(project, "--parity-update")
    result = run(project)

    result.stdout.fnmatch_lines(["parity: 1 comparison: 1 passed; 1 snapshot unchanged"])
    assert not (project.path / "parity-reports").exists()
    project.makepyfile(test_models="def test_nothing():\n    pass\n")
    assert "parity:" not in run(project, "--parity-update").stdout.str()


def test_what_cannot_be_read_is_told_in_a_sentence(project):
    project.makepyfile(
        """
        import parity
        import pytest

        def test_assertion():
            parity.assert_parity("bn_cnn.keras", "gone.pt2")

        def test_summary(parity_check):
            parity_check.summary("gone.pt2")

        @pytest.fixture
        def table():
            return parity.summary("gone.pt2")

        def test_fixture(table):
            pass

        def test_snapshot(parity_snapshot):
            assert "gone.pt2" == parity_snapshot

        @pytest.mark.parity(pair="port")
        def test_pair():
            pass
        """
    )
    (project.path / "parity.toml").write_text(CONFIG.replace("bn_cnn.keras", "gone.keras"))
    result = run(project)

    result.assert_outcomes(failed=4, errors=1)
    text = result.stdout.str()
    assert text.count("E       parity.errors.UnreadableModel: cannot read 'gone.pt2': there is no such file") == 4
    assert "cannot read 'gone.keras': there is no such file" in text
    assert "_formats.py" not in text
    assert "parity/check.py" not in text
    assert "_formats.py" in run(project, "--full-trace").stdout.str()


def test_a_report_is_no_condition_in_a_test_either(project):
    project.makepyfile("import parity\n\ndef test_it():\n    assert parity.compare('bn_cnn.keras', 'bn_cnn.pt2')\n")
    result = run(project)

    result.stdout.fnmatch_lines(["E *TypeError: a report has no truth value: use report.verdict*"])
    assert "def __bool__" not in result.stdout.str()


def test_the_fixture_has_a_name_that_hides_no_module(project):
    project.makepyfile(
        """
        import parity
        import pytest

        def test_both(parity_check):
            report = parity_check.assert_parity("bn_cnn.pt2", "bn_cnn.pt2", profile="exact")
            assert report.verdict == parity.Verdict.EQUIVALENT

        def test_there(parity_check):
            parity_check.framework("no_such_framework")
        """
    )
    run(project).assert_outcomes(passed=1, skipped=1)


def test_a_failure_says_which_question_nobody_has_chosen(fixtures):
    with pytest.raises(Mismatch) as error:
        assert_parity(fixtures / "bn_cnn.keras", fixtures / "bn_cnn_dynamo.onnx")

    assert str(error.value).splitlines()[1] == (
        "profile inference, since one side is a file for inference; profile= selects another"
    )


def test_pytests_own_junit_has_the_verdict(project):
    project.makepyfile(SAME)
    run(project, "--junit-xml=own.xml")

    assert 'name="parity" value="equivalent, profile train"' in (project.path / "own.xml").read_text()


def test_a_framework_that_is_not_there(project):
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parity(frameworks=["no_such_framework"])
        def test_marked(parity):
            raise AssertionError

        def test_asked_for(parity):
            parity.framework("no_such_framework")

        @pytest.fixture
        def model(parity):
            return parity.framework("no_such_framework")

        def test_in_a_fixture(parity, model):
            raise AssertionError

        def test_there(parity):
            assert parity.framework("json").loads("1") == 1
        """
    )
    result = run(project, "-rs")

    result.assert_outcomes(skipped=3, passed=1)
    result.stdout.fnmatch_lines(["*the package no_such_framework is not installed*"])
    required = run(project, "--parity-require=json,no_such_framework")
    assert required.ret == pytest.ExitCode.USAGE_ERROR
    required.stderr.fnmatch_lines(["*--parity-require: no_such_framework cannot be imported here*"])
    assert run(project, "--parity-require=json").ret == 0


@pytest.mark.parametrize("workers", ["2"])
def test_under_xdist_all_is_the_same(project, workers):
    project.makepyfile(test_models=KEPT + SAME + DIFFERS, test_others=KEPT)
    written = project.runpytest_subprocess(*PLAIN, "-n", workers, "--parity-update", "--parity-report=json")
    written.assert_outcomes(passed=3, failed=1)
    assert len(snapshots(project)) == 2
    found = json.loads((project.path / "parity-reports" / "parity.json").read_text())
    assert sorted(pair["state"] for pair in found["pairs"]) == ["failed", "passed"]

    project.makepyfile(test_others="def test_kept():\n    pass\n", test_models=KEPT)
    unused = project.runpytest_subprocess(*PLAIN, "-n", workers)
    assert unused.ret == pytest.ExitCode.TESTS_FAILED
    unused.stdout.fnmatch_lines(["*unused snapshot*test_others*"])
    project.makepyfile(test_others=KEPT)
    assert project.runpytest_subprocess(*PLAIN, "-n", workers).ret == 0


def test_the_plugin_is_light():
    code = (
        "import sys, pytest; before = set(sys.modules); import parity.pytest_plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('parity')))"
        ";print(sorted(name for name in sys.modules if name.startswith('parity')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [
        "['_contextvars', 'contextvars']",
        "['parity', 'parity._listening', 'parity._recorder', 'parity._version', 'parity.pytest_plugin']",
    ]


def test_a_session_without_parity_imports_nothing_of_it(project):
    project.makepyfile(
        "import sys\ndef test_it():\n    assert not {'parity.testing', 'numpy', 'torch', 'keras'} & set(sys.modules)\n"
    )

    project.runpytest_subprocess(*PLAIN).assert_outcomes(passed=1)


def test_names_of_files():
    assert safe_name("test_a") == "test_a"
    assert safe_name("a/b") != safe_name("a:b")
    assert "/" not in safe_name("../../etc/passwd")
    assert len(safe_name("x" * 1000)) < 100
