"""A gate on a project with known differences: the baseline, and what was there in another revision of git."""

import json
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from parity.cli import main
from tests.projects import TWO_PAIRS

FILE = "parity.baseline.json"


@pytest.fixture
def project(tmp_path, fixtures, monkeypatch):
    for name in ("bn_cnn.keras", "bn_cnn.pt2", "bn_cnn_dynamo.onnx"):
        shutil.copy(fixtures / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "parity.toml").write_text(TWO_PAIRS.replace("version = 1", 'version = 1\nverify = "off"'))
    return tmp_path


def parity(*arguments):
    return CliRunner().invoke(main, arguments)


def documents(path):
    return json.loads(path.read_text())


def written(path, document):
    path.write_text(json.dumps(document))


def test_what_was_there_passes_and_what_is_new_does_not(project):
    assert parity("check").exit_code == 1
    done = parity("check", "--baseline", FILE, "--write-baseline", "--quiet")
    assert (done.exit_code, done.output) == (0, f"wrote {FILE}: 4 findings in 2 pairs\n")
    first = (project / FILE).read_bytes()
    passed = parity("check", "--baseline", FILE, "--quiet", "-v")
    assert passed.exit_code == 0
    assert "in the baseline" in passed.output

    document = documents(project / FILE)
    kept = document["pairs"]["port"]
    assert [each["rule"] for each in kept] == [
        "activation-missing",
        "epsilon",
        "logits-against-probabilities",
        "momentum",
    ]
    written(project / FILE, {**document, "pairs": {"port": [each for each in kept if each["rule"] != "epsilon"]}})
    new = parity("check", "--baseline", FILE, "--quiet", "--format", "concise")
    assert new.exit_code == 1
    assert "epsilon" in new.output

    assert parity("check", "--baseline", FILE, "--write-baseline").exit_code == 0
    assert (project / FILE).read_bytes() == first, "the same findings are the same file"


def test_a_known_difference_that_changes_is_new(project):
    parity("check", "--baseline", FILE, "--write-baseline")
    document = documents(project / FILE)
    for each in document["pairs"]["port"]:
        each["values"] = each["values"].replace("0.001", "0.002")
    written(project / FILE, document)

    done = parity("check", "--baseline", FILE, "--quiet")
    assert done.exit_code == 1
    assert "epsilon at batch_normalization / layer1.2 no longer occurs" in done.output


def test_entries_that_are_not_found_any_more_are_told(project):
    parity("check", "--baseline", FILE, "--write-baseline")
    (project / "parity.toml").write_text((project / "parity.toml").read_text().replace("bn_cnn.pt2", "bn_cnn.keras"))

    done = parity("check", "--baseline", FILE, "--quiet")
    assert done.exit_code == 0
    assert f"{FILE}:1: baseline-stale: the baseline has 4 entries for port: " in done.output
    assert "and 1 more no longer occur; rewrite it with --write-baseline" in done.output
    assert parity("check", "--baseline", FILE, "--severity", "baseline-stale=error").exit_code == 1
    assert "baseline-stale" not in parity("check", "--baseline", FILE, "--pair", "same").output
    (project / "parity.toml").write_text((project / "parity.toml").read_text().replace('"port"', '"ported"'))
    assert "4 entries for port: this pair no longer exists" in parity("check", "--baseline", FILE).output


def test_a_pair_alone_keeps_the_entries_of_others(project):
    parity("check", "--baseline", FILE, "--write-baseline")
    assert parity("check", "--pair", "same", "--baseline", FILE, "--write-baseline").exit_code == 0

    assert len(documents(project / FILE)["pairs"]["port"]) == 4


def test_the_configuration_names_it_too(project):
    text = (project / "parity.toml").read_text()
    (project / "parity.toml").write_text(text.replace("version = 1", f'version = 1\nbaseline = "{FILE}"'))

    assert "write it with --write-baseline" in parity("check").stderr
    assert parity("check", "--write-baseline").exit_code == 0
    assert parity("check").exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '{"format": "parity-baseline", "version": 2, "pairs": {}}',
            "its format version is not 1 (found version 2)",
        ),
        ('{"pairs": {}}', "it is not a baseline"),
        ("[", "it is not JSON"),
        ('{"format": "parity-baseline", "version": 1, "pairs": {"port": [{"rule": "x"}]}}', "an entry is damaged"),
        ('{"format": "parity-baseline", "version": 1, "pairs": []}', "an entry is damaged"),
    ],
)
def test_what_is_no_baseline_is_one_sentence(project, content, said):
    (project / FILE).write_text(content)
    done = parity("check", "--baseline", FILE)

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_is_written_of_what_could_not_be_compared(project):
    (project / "bn_cnn.pt2").unlink()
    done = parity("check", "--baseline", FILE, "--write-baseline", "--quiet")

    assert done.exit_code == 2
    assert "port could not be compared" in done.stderr
    assert not (project / FILE).exists()
    assert "it is read" in parity("check", "--baseline", "bn_cnn.keras", "--write-baseline").stderr
    assert "it has no file" in parity("check", "--write-baseline").stderr


@pytest.mark.usefixtures("project")
def test_pairs_that_pass_are_a_line_each():
    done = parity("check", "--pair", "same", "--quiet")

    assert done.output.splitlines()[1].startswith("  passed  same   equivalent: ")
    assert len(done.output.splitlines()) == 5
    assert "Layers paired" not in done.output
    assert "Layers paired" in parity("check", "--pair", "same", "-v").output


@pytest.mark.usefixtures("project")
def test_statistics_count_by_rule_over_all_pairs():
    done = parity("check", "--statistics", "--quiet")

    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].split() == ["1", "error", "activation-missing", "in", "1", "pair:", "port"]
    assert ["3", "info", "kernel-layout", "in", "1", "pair:", "port"] in [line.split() for line in lines]
    assert "FAILED   2 pairs: 1 passed, 1 failed" in lines[-1]
    assert "it prints text" in parity("check", "--statistics", "--format", "json").stderr


@pytest.fixture
def repository(project):  # noqa: ARG001  which is the working folder
    def git(*arguments):
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("add", "-A")
    git("commit", "-m", "first")
    return git


def test_a_model_against_itself_in_a_revision(project, repository):
    assert parity("check", "bn_cnn.pt2", "--against", "git:HEAD", "--quiet").exit_code == 0
    shutil.copy(project / "bn_cnn_dynamo.onnx", project / "now.onnx")
    (project / "models").mkdir()
    shutil.move(project / "bn_cnn.keras", project / "models" / "net.keras")
    repository("add", "-A")
    repository("commit", "-m", "moved")

    gone = parity("check", "bn_cnn.keras", "--against", "git:HEAD")
    assert gone.exit_code == 2
    assert "cannot read 'bn_cnn.keras' at HEAD: it is not in that revision" in gone.stderr
    assert "there is no such revision" in parity("check", "bn_cnn.pt2", "--against", "git:nowhere").stderr
    assert "there is no such revision" in parity("check", "bn_cnn.pt2", "--against", "git:--all").stderr
    same = parity("check", "models/net.keras", "--against", "git:HEAD", "--quiet", "-v", "--profile", "exact")
    assert same.exit_code == 0
    assert "models/net.keras@HEAD" in same.output


def test_left_sides_are_taken_from_a_revision(project, repository):
    (project / "parity.toml").write_text(TWO_PAIRS.replace("bn_cnn.keras", "net.pt2"))
    shutil.copy(project / "bn_cnn.pt2", project / "net.pt2")
    repository("add", "-A")
    repository("commit", "-m", "second")
    (project / "net.pt2").write_bytes(b"not a model any more")
    status = subprocess.run(["git", "status", "--short"], check=True, capture_output=True).stdout

    done = parity("check", "--pair", "port", "--against", "git:main", "--quiet")
    assert done.exit_code == 0, done.output
    assert "broken" in parity("check", "--pair", "port", "--quiet").output
    assert subprocess.run(["git", "status", "--short"], check=True, capture_output=True).stdout == status


def test_what_a_model_consists_of_comes_along(repository):
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save_model

    weight = numpy_helper.from_array(np.ones((64, 64), np.float32), "w")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 64]) for name in ("x", "y")]
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    model = helper.make_model(helper.make_graph([node], "net", ends[:1], ends[1:], [weight]))
    save_model(model, "big.onnx", save_as_external_data=True, location="big.data", size_threshold=0)
    repository("add", "-A")
    repository("commit", "-m", "big")

    done = parity("check", "big.onnx", "--against", "git:HEAD", "--weights", "--quiet", "-v")
    assert done.exit_code == 0, done.output
    assert "1 weights compared: 1 same" in done.output


def test_pointers_of_lfs_and_links_are_one_sentence(project, repository):
    (project / "big.keras").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    (project / "link.keras").symlink_to("/etc/passwd")
    repository("add", "-A")
    repository("commit", "-m", "pointer")

    for name, said in (("big.keras", "a Git LFS pointer"), ("link.keras", "not in this git repository")):
        done = parity("check", name, "--against", "git:HEAD")
        assert done.exit_code == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("project")
def test_without_a_repository_it_is_one_sentence():
    done = parity("check", "--against", "git:HEAD")

    assert done.exit_code == 2
    assert "cannot use git:HEAD: this is not a git repository" in done.stderr
