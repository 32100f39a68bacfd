"""README, --help and behaviour say the same."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from parity.adapters import formats
from parity.adapters.remote._cache import CACHE
from parity.cli import main
from parity.passes._trace import TRACE, VERIFY
from parity.reports import renderers
from parity.rules import documentation, rules

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NAMES = {"bn_cnn.keras": "net.keras", "bn_cnn.pt2": "net.pt2", "bn_cnn_dynamo.onnx": "net.onnx"}


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def section(title):
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def printed(command):
    """What a shell command of the README prints, and its exit code."""
    arguments = command.removeprefix("$ parity ").split()
    command = [sys.executable, "-m", "parity", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def rule_table():
    rows = [(name, rule.effect.value, documentation(name).splitlines()[0]) for name, rule in rules().items()]
    return "".join(f"| `{name}` | {effect} | {title} |\n" for name, effect, title in rows)


def format_table():
    names = {each.name: " ".join(f"`{suffix}`" for suffix in each.suffixes) or "in memory" for each in formats()}
    return "".join(f"| {each.title} | {names[each.name]} | {each.evidence.value} |\n" for each in formats())


def report_table():
    return "".join(f"| `{each.name}` | {each.title} |\n" for each in renderers().values())


def expected():
    """The README with everything in it that the program says itself."""
    text = re.sub(
        r"(```console\n(\$ parity [^\n]*)\n).*?```",
        lambda found: f"{found[1]}{printed(found[2])}```",
        README,
        flags=re.DOTALL,
    )
    for head, table in (
        ("| rule | effect | what it finds |", rule_table()),
        ("| source | names | evidence |", format_table()),
        ("| format | what it is |", report_table()),
    ):
        text = re.sub(rf"({re.escape(head)}\n[|-]+\n)(?:\|[^\n]*\n)*", lambda found, rows=table: found[1] + rows, text)
    return text


def test_what_the_program_says_is_what_the_readme_shows(golden):
    """With --update-golden the README's transcripts and tables are written anew."""
    golden(ROOT / "README.md", expected())


@pytest.mark.parametrize("block", blocks("python", section("From Python")), ids=lambda block: block.splitlines()[-1])
def test_every_python_example_runs(block):
    subprocess.run([sys.executable, "-c", block], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path, fixtures):
    """The project that the examples stand in, with every file that they show."""
    (tmp_path / "models").mkdir()
    for ours, theirs in NAMES.items():
        shutil.copy(fixtures / ours, tmp_path / "models" / theirs)
    for block in (*blocks("toml"), *blocks("python", section("Three ways in"))):
        name = re.match(r"# (\S+\.(?:toml|py))\n", block)
        path = tmp_path / (name[1] if name else "cluster.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block)
    (tmp_path / "bin").mkdir()
    for program in ("parity", "pytest"):
        path = tmp_path / "bin" / program
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {program} "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def bash(project, script):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PARITY_", "PYTEST_"))}
    environment |= {"PATH": f"{project / 'bin'}:{environment['PATH']}", "PYTHONPATH": str(ROOT)}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("block", blocks("sh", section("Three ways in")), ids=lambda block: block.splitlines()[1][:40])
def test_every_way_in_ends_as_it_says(project, block):
    done = bash(project, block)

    said = re.match(r"# exit code (\d)\n", block)
    assert done.returncode == int(said[1]), done.stdout + done.stderr
    for path in re.findall(r"--report \w+=(\S+)", block):
        assert (project / path).stat().st_size > 100


def test_the_example_of_a_cluster_runs(project):
    done = bash(project, f'"{sys.executable}" cluster.py')

    assert done.returncode == 0, done.stderr


def test_pipelines_are_yaml_and_run(project):
    action, gitlab = (yaml.safe_load(block) for block in blocks("yaml"))

    assert (ROOT / action[0]["uses"] / "action.yml").exists()
    known = yaml.safe_load((ROOT / action[0]["uses"] / "action.yml").read_text())["inputs"]
    assert set(action[0]["with"]) <= set(known)
    job = gitlab["parity"]
    done = bash(project, "\n".join(line for line in job["script"] if not line.startswith("pip install")))
    assert done.returncode == 1, done.stderr
    for path in job["artifacts"]["reports"].values():
        assert (project / path).exists()


def test_there_are_examples_of_both_kinds():
    assert len(blocks("console")) >= 2
    assert len(blocks("python")) >= 3
    assert len(blocks("sh", section("Three ways in"))) >= 4


def test_every_option_that_the_readme_names_exists():
    shown = "".join(CliRunner().invoke(main, [command, "--help"]).output for command in main.commands)
    shown += (ROOT / "parity" / "pytest_plugin.py").read_text()
    named = set(re.findall(r"`(--[a-z-]+)", README))

    assert {option for option in named if option not in shown} == set()


def test_every_variable_that_the_readme_names_is_read():
    named = set(re.findall(r"`(PARITY_[A-Z_]+)", README))

    assert named == {each.envvar for each in main.commands["check"].params if each.envvar} | {TRACE, VERIFY, CACHE}


@pytest.mark.parametrize("script", ["demo", "test"])
def test_the_first_commands_exist(script):
    assert f"scripts/{script}" in README
    assert (ROOT / "scripts" / script).stat().st_mode & 0o100
