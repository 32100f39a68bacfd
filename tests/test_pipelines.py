"""What other people's pipelines use: the action, the hook, completion; run as their runners would."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / ".github/actions/parity/action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.fixture
def project(tmp_path, fixtures):
    for path in fixtures.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "parity"
    start = "import sys; from parity.cli import main; sys.argv[0] = 'parity'; main()"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def bash(project, script, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARITY_")}
    environment |= {"PATH": f"{project / 'bin'}:{environment['PATH']}", "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def configured(project, right):
    (project / "parity.toml").write_text(f'version = 1\n[[pair]]\nleft = "bn_cnn.keras"\nright = "{right}"\n')


def act(project, **inputs):
    """Run the step of the action that checks, as a runner does."""
    given = {name: value["default"] for name, value in ACTION["inputs"].items()} | inputs
    (step,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == "check"]
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], text)
        for name, text in step["env"].items()
    }
    files = {name: str(project / name.lower()) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    done = bash(project, step["run"], **variables, **files)
    return done, Path(files["GITHUB_STEP_SUMMARY"]), Path(files["GITHUB_OUTPUT"]).read_text()


@pytest.mark.parametrize(("right", "code"), [("bn_cnn.keras", 0), ("bn_cnn.pt2", 1), ("none.pt2", 2)])
def test_the_action(project, right, code):
    configured(project, right)
    done, summary, output = act(project, reports="sarif=out/parity.sarif\njunit=out/parity.xml\n")

    assert done.returncode == code, done.stderr
    assert output == f"exit-code={code}\n"
    assert "parity" in summary.read_text()
    assert {path.name for path in (project / "out").iterdir()} == {"parity.sarif", "parity.xml"}
    assert ("::error" in done.stdout) == (code != 0)


def test_inputs_of_the_action_are_no_script(project):
    configured(project, "bn_cnn.keras")
    done, _, _ = act(project, config="x; touch owned #", arguments="$(touch owned)\n`touch owned`")

    assert done.returncode == 2
    assert not (project / "owned").exists()
    assert not any("${{ inputs" in step["run"] for step in ACTION["runs"]["steps"])


def test_the_action_takes_what_a_gate_in_use_needs(project):
    configured(project, "bn_cnn.pt2")
    assert bash(project, "parity check --baseline known.json --write-baseline").returncode == 0

    assert act(project, baseline="known.json", **{"fail-on": "warning"})[0].returncode == 0
    refused, *_ = act(project, against="git:HEAD")
    assert (refused.returncode, "git repository" in refused.stderr) == (2, True)


def test_the_action_of_another_repository_installs_its_own_revision(project):
    """A runner unpacks the whole repository, and ``github.action_path`` is the folder of the action in it."""
    (install, check) = ACTION["runs"]["steps"]
    (project / "bin" / "python").write_text('#!/bin/sh\necho "$@"\n')
    (project / "bin" / "python").chmod(0o755)
    action = ROOT / ".github/actions/parity"

    assert install["env"] == {"REQUIREMENT": "${{ inputs.requirement }}", "ACTION": "${{ github.action_path }}"}
    own = bash(project, install["run"], REQUIREMENT="", ACTION=str(action)).stdout.split()[-1]
    assert (Path(own) / "pyproject.toml").samefile(ROOT / "pyproject.toml")
    assert bash(project, install["run"], REQUIREMENT="x==1", ACTION=str(action)).stdout.split()[-1] == "x==1"
    known = {name for step in (install, check) for name in re.findall(r"inputs\.([a-z-]+)", str(step))}
    assert known == set(ACTION["inputs"])


@pytest.mark.parametrize(("right", "code"), [("bn_cnn.keras", 0), ("bn_cnn.pt2", 1), ("none.pt2", 2)])
def test_the_hook(project, right, code):
    configured(project, right)
    done = bash(project, HOOK["entry"])

    assert done.returncode == code
    assert done.stderr == ""
    assert HOOK["pass_filenames"] is False
    assert all(re.search(HOOK["files"], name) for name in ("a/b.keras", "c.pt2", "parity.toml", "x.parity.json"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(project, shell):
    done = bash(project, f"parity completion {shell}")

    assert done.returncode == 0
    assert "_PARITY_COMPLETE" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", done.stdout], check=True)


def test_completion_knows_commands_and_options(project):
    script = "COMP_WORDS='parity ch' COMP_CWORD=1 _PARITY_COMPLETE=bash_complete parity"
    assert "plain,check" in bash(project, script).stdout
    script = "COMP_WORDS='parity check --ag' COMP_CWORD=2 _PARITY_COMPLETE=bash_complete parity"
    assert "plain,--against" in bash(project, script).stdout


@pytest.fixture
def shell(project):
    """A bash that somebody types in."""
    import pexpect

    configured(project, "bn_cnn.pt2")
    (project / "parity.toml").write_text((project / "parity.toml").read_text() + 'name = "classifier"\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARITY_")}
    environment |= {"PATH": f"{project / 'bin'}:{environment['PATH']}", "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    started = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], cwd=project, env=environment, encoding="utf-8", timeout=20
    )
    started.setwinsize(50, 300)
    started.sendline(
        "PS1='ready> '; bind 'set enable-bracketed-paste off'; eval \"$(parity completion bash)\"; echo be''gin"
    )
    started.expect("begin")
    started.expect("ready> ")
    yield started
    started.close(force=True)


TYPED = {
    "a file": ("parity compare bn_cnn.ke", "bn_cnn.keras "),
    "a file of an option": ("parity check --config par", "parity.toml "),
    "a rule of several": ("parity check --ignore epsilon,gelu", "epsilon,gelu-form "),
    "a rule with its severity": ("parity check --severity gelu", "gelu-form="),
    "a severity": ("parity check --severity gelu-form=wa", "gelu-form=warning "),
    "a format after a sign": ("parity check --format=conc", "--format=concise "),
    "a format of a report": ("parity check --report sar", "sarif="),
    "the file of a report": ("parity check --report sarif=par", "sarif=parity.toml "),
    "a pair": ("parity check --pair cl", "classifier "),
    "a layer of the right": ("parity explain bn_cnn.keras bn_cnn.pt2 layer1.2", "layer1.2 "),
    "a layer of a model": ("parity summary bn_cnn.pt2 --layer layer1.2", "layer1.2 "),
    "the left of two layers": ("parity compare bn_cnn.keras bn_cnn.pt2 --map batch", "batch_normalization="),
    "the right of two layers": ("parity compare bn_cnn.keras bn_cnn.pt2 --map dense=fc1", "dense=fc1 "),
    "a file of layers": ("parity compare bn_cnn.keras bn_cnn.pt2 --map par", "parity.toml "),
    "an output": ("parity compare bn_cnn.keras bn_cnn.pt2 --only-outputs dense", "dense_1 "),
    "the left of two outputs": ("parity compare bn_cnn.keras bn_cnn.pt2 --match-outputs dense", "dense_1="),
    "a pattern": ("parity graph bn_cnn.keras --why layer", "layer_norm "),
    "a phase": ("parity graph bn_cnn.keras --after canon", "canonical "),
}


def test_a_shell_completes_what_is_typed(shell):
    for typed, ends in TYPED.values():
        shell.send(typed + "\t")
        shell.expect_exact(" ".join([*typed.split()[:-1], ends]))
        shell.sendcontrol("u")
        shell.sendline("")
        shell.expect("ready> ")


def test_a_shell_is_told_nothing_where_nothing_can_be_read(project):
    for words, at in (("explain no.keras no.pt2 la", 4), ("check --config no.toml --pair a", 5)):
        script = f"COMP_WORDS='parity {words}' COMP_CWORD={at} _PARITY_COMPLETE=bash_complete parity"
        done = bash(project, script)
        assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_of_files_and_rules(project, shell):
    words = {
        "zsh": "COMP_WORDS='parity compare bn' COMP_CWORD=2",
        "fish": "COMP_WORDS='parity compare bn' COMP_CWORD=bn",
    }
    assert "file" in bash(project, f"{words[shell]} _PARITY_COMPLETE={shell}_complete parity").stdout
