"""parity check and parity init, as a shell sees them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from parity.cli import main
from parity.reports import SCHEMA
from tests.projects import TWO_PAIRS

REAL = "logits-against-probabilities,activation-missing,epsilon,momentum"


@pytest.fixture
def project(tmp_path, fixtures, monkeypatch):
    for path in fixtures.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("PROFILE", "FAIL_ON", "JOBS", "SELECT", "IGNORE", "SEVERITY", "CONFIG"):
        monkeypatch.delenv(f"PARITY_{name}", raising=False)
    (tmp_path / "parity.toml").write_text(TWO_PAIRS)
    return tmp_path


def parity(*arguments, **variables):
    return CliRunner(env=variables).invoke(main, arguments)


def test_exit_codes(project):
    assert parity("check").exit_code == 1
    assert parity("check", "--pair", "same").exit_code == 0
    assert parity("check", "--ignore", REAL).exit_code == 0
    assert parity("check", *(word for rule in REAL.split(",") for word in ("--ignore", rule))).exit_code == 0
    assert parity("check", PARITY_IGNORE=REAL).exit_code == 0
    (project / "bn_cnn.pt2").unlink()
    broken = parity("check")
    assert broken.exit_code == 2
    assert "there is no such file" in broken.stdout
    assert "passed" in broken.stdout


@pytest.mark.usefixtures("project")
def test_a_shell_sees_them_too():
    for arguments, code in ((["--pair", "same"], 0), ([], 1), (["--pair", "smae"], 2)):
        done = subprocess.run([sys.executable, "-m", "parity", "check", *arguments], capture_output=True, check=False)
        assert done.returncode == code


def test_nothing_to_compare_is_never_a_pass(project):
    (project / "parity.toml").write_text("version = 1\n")
    assert parity("check").exit_code == 2
    assert "names no pair" in parity("check").stderr
    (project / "parity.toml").unlink()
    assert parity("check").exit_code == 2
    assert "parity init" in parity("check").stderr
    assert parity("check", "bn_cnn.keras").exit_code == 2
    assert parity("check", "--against", "bn_cnn.keras").exit_code == 2


@pytest.mark.usefixtures("project")
def test_what_is_not_decided_is_never_a_pass():
    assert parity("check", "bn_cnn_module.pt", "bn_cnn_module.pt").exit_code == 1
    ignored = ("--ignore", "wiring-unknown,part-not-read", "--severity", "wiring-unknown=info")
    assert parity("check", "bn_cnn_module.pt", "bn_cnn_module.pt", *ignored).exit_code == 1


def test_options_before_variables_before_the_file(project):
    (project / "parity.toml").write_text(TWO_PAIRS.replace("version = 1", 'version = 1\nprofile = "exact"'))

    def shown(*options, **variables):
        return next(
            line
            for line in parity("check", "--show-settings", *options, **variables).stdout.splitlines()
            if "profile" in line
        )

    assert shown() == 'profile = "exact"'
    assert shown(PARITY_PROFILE="train") == 'profile = "train"'
    assert shown("--profile", "inference", PARITY_PROFILE="train") == 'profile = "inference"'
    assert parity("check", "--quiet", PARITY_FAIL_ON="never").exit_code == 0
    assert parity("check", PARITY_FAIL_ON="never", PARITY_IGNORE="epsilom").exit_code == 2


def test_an_option_is_for_pairs_with_a_setting_of_their_own_too(project):
    (project / "parity.toml").write_text(TWO_PAIRS + 'fail-on = "never"\nprofile = "exact"\n')

    shown = parity("check", "--show-settings", "--fail-on", "info", "--profile", "train").stdout
    assert shown.count("fail-on") == shown.count("profile") == 1


def test_reports_are_written_in_one_run_for_broken_runs_too(project):
    (project / "bn_cnn.pt2").write_bytes(b"PK")
    result = parity("check", "--report", "json=out/run.json", "--report", "text=out/run.txt", "--format", "json")

    assert result.exit_code == 2
    found = json.loads((project / "out" / "run.json").read_text())
    jsonschema.validate(found, SCHEMA)
    assert found == json.loads(result.stdout)
    assert [(each["name"], each["state"], each["line"]) for each in found["pairs"]] == [
        ("port", "broken", 2),
        ("same", "passed", 6),
    ]
    assert found["state"] == "broken"
    assert "BROKEN" in (project / "out" / "run.txt").read_text()


def test_reports_that_cannot_be_written_are_refused_before_the_work(project):
    for wanted, said in (("jsn=x", "no known format"), ("json", "no known format"), ("json=", "no known format")):
        result = parity("check", "--report", wanted)
        assert (result.exit_code, said in result.stderr) == (2, True)
    twice = parity("check", "--report", "json=x", "--report", "text=x")
    assert (twice.exit_code, "two reports go there" in twice.stderr) == (2, True)
    (project / "file").write_text("")
    assert parity("check", "--report", "json=file/x").exit_code == 2


def test_compare_writes_reports_as_well(project):
    result = parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--report", "json=found.json", "--ignore", REAL)

    assert result.exit_code == 0
    found = json.loads((project / "found.json").read_text())
    jsonschema.validate(found, SCHEMA)
    assert found["left_out"] == sorted(REAL.split(","))


@pytest.mark.usefixtures("project")
def test_progress_goes_to_standard_error():
    result = parity("check")

    assert "[1/2] port: failed" in result.stderr
    assert "[1/2]" not in result.stdout
    assert parity("check", "--quiet").stderr == ""


@pytest.mark.usefixtures("project")
def test_a_layer_that_is_not_there_cannot_be_paired():
    result = parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "conv2=layer1.0")

    assert result.exit_code == 2
    assert "cannot map 'conv2': the left model has no layer of that name; did you mean conv2d?" in result.stderr
    assert parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "conv2d=layer").exit_code == 2
    assert parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "conv2d").exit_code == 2


def test_layers_that_are_paired_by_hand_stay_so(project):
    (project / "layers.map").write_text('"dense" = "fc1"\n')
    result = parity(
        "compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "dense_1=fc1", "--map", "dense=fc2", "--format", "json"
    )

    links = [(link["left"][0], link["right"][0]) for link in json.loads(result.stdout)["alignment"]]
    assert ("dense_1", "fc1") in links
    assert ("dense", "fc2") in links
    by_file = parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "layers.map", "--format", "json")
    assert ("dense", "fc1") in [(link["left"][0], link["right"][0]) for link in json.loads(by_file.stdout)["alignment"]]
    twice = parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--map", "layers.map", "--map", "dense=fc2")
    assert (twice.exit_code, "it is paired with 'fc1' and with 'fc2'" in twice.stderr) == (2, True)


@pytest.mark.parametrize("bad", ["a,b", "x=1,3,"[:-1] + "q", "1.5"])
@pytest.mark.usefixtures("project")
def test_inputs_that_are_no_shapes_are_refused(bad):
    assert parity("compare", "bn_cnn.keras", "bn_cnn.pt2", "--inputs", bad).exit_code == 2


@pytest.mark.usefixtures("project")
def test_inputs_have_names_all_or_none():
    pair = ("compare", "bn_cnn.keras", "bn_cnn.keras")
    assert parity(*pair, "--inputs", "x=1,7,7,1:float32", "--inputs", "y=1").exit_code == 0
    assert parity(*pair, "--inputs", "x=1,7,7,1", "--inputs", "1").exit_code == 2


def test_init_writes_what_check_reads(project):
    (project / "parity.toml").unlink()
    written = parity("init", "bn_cnn.keras", "bn_cnn.pt2", "--name", "port")

    assert (written.exit_code, "parity check" in written.stdout) == (0, True)
    assert "[[suppress]]" in (project / "parity.toml").read_text()
    assert parity("check").exit_code == 1
    again = parity("init", "bn_cnn.keras", "bn_cnn.pt2")
    assert (again.exit_code, "it is there already" in again.stderr) == (2, True)
    lost = parity("init", "no.keras", "bn_cnn.pt2", "--config", "other.toml")
    assert (lost.exit_code, Path("other.toml").exists()) == (2, False)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("raised", [ZeroDivisionError, PermissionError, RecursionError, KeyboardInterrupt, MemoryError])
def test_an_error_in_parity_itself_is_never_taken_for_a_finding(monkeypatch, raised):
    from parity import check

    def fail(*_):
        raise raised

    monkeypatch.setattr(check, "read", fail)
    for command in ("compare", "check"):
        result = parity(command, "bn_cnn.keras", "bn_cnn.pt2")

        assert result.exit_code == 2
        said = result.stderr + result.stdout
        assert any(
            each in said for each in ("an error in parity itself", "interrupted", "the operating system reports")
        )


def test_one_model_over_time(project):
    assert parity("snapshot", "bn_cnn.pt2", "-o", "accepted.parity.json").exit_code == 0
    assert parity("check", "bn_cnn.pt2", "--against", "accepted.parity.json", "--fail-on", "info").exit_code == 0
    text = (project / "accepted.parity.json").read_text()
    assert text.count("1e-05") == 1
    (project / "accepted.parity.json").write_text(text.replace("1e-05", "0.001"))

    result = parity("check", "bn_cnn.pt2", "--against", "accepted.parity.json")
    assert result.exit_code == 1
    assert "epsilon   0.001 / 1e-05" in result.stdout


@pytest.mark.usefixtures("project")
def test_a_snapshot_goes_to_standard_output_too():
    assert json.loads(parity("snapshot", "bn_cnn.keras").stdout)["parity_snapshot"] == 1
    assert parity("snapshot", "no.keras").exit_code == 2
