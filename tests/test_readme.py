"""README, --help and behaviour say the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from parity.adapters import formats
from parity.cli import main
from parity.rules import documentation, rules

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.splitlines()[0])
def test_every_command_prints_what_the_readme_shows(block):
    command, _, shown = block.partition("\n")
    arguments = command.removeprefix("$ parity ").split()

    done = subprocess.run(
        [sys.executable, "-m", "parity", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout == shown
    assert done.returncode in {0, 1}


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.splitlines()[-1])
def test_every_python_example_runs(block):
    subprocess.run([sys.executable, "-c", block], cwd=ROOT, check=True, capture_output=True)


def test_there_are_examples_of_both_kinds():
    assert len(blocks("console")) >= 2
    assert len(blocks("python")) >= 2


def test_the_rule_table_is_the_rules():
    table = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \|$", README, re.MULTILINE)

    assert table == [(name, rule.effect.value, documentation(name).splitlines()[0]) for name, rule in rules().items()]


def test_the_format_table_is_the_formats():
    for each in formats():
        names = " ".join(f"`{suffix}`" for suffix in each.suffixes) or "in memory"
        assert f"| {each.title} | {names} | {each.evidence.value} |" in README


def test_every_option_that_the_readme_names_exists():
    shown = "".join(
        CliRunner().invoke(main, [command, "--help"]).output for command in ("compare", "summary", "rule", "schema")
    )
    named = set(re.findall(r"`(--[a-z-]+)", README))

    assert {option for option in named if option not in shown} == set()


@pytest.mark.parametrize("script", ["demo", "test"])
def test_the_first_commands_exist(script):
    assert f"scripts/{script}" in README
    assert (ROOT / "scripts" / script).stat().st_mode & 0o100
