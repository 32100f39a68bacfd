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


def printed(command):
    """What a shell command of the README prints, and its exit code."""
    arguments = command.removeprefix("$ parity ").split()
    command = [sys.executable, "-m", "parity", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def rule_table():
    rows = [(name, rule.effect.value, documentation(name).splitlines()[0]) for name, rule in rules().items()]
    return "".join(f"| `{name}` | {effect} | {title} |\n" for name, effect, title in rows)


def format_table():
    names = {each.name: " ".join(f"`{suffix}`" for suffix in each.suffixes) or "in memory" for each in formats()}
    return "".join(f"| {each.title} | {names[each.name]} | {each.evidence.value} |\n" for each in formats())


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
    ):
        text = re.sub(rf"({re.escape(head)}\n[|-]+\n)(?:\|[^\n]*\n)*", lambda found, rows=table: found[1] + rows, text)
    return text


def test_what_the_program_says_is_what_the_readme_shows(golden):
    """With --update-golden the README's transcripts and tables are written anew."""
    golden(ROOT / "README.md", expected())


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.splitlines()[-1])
def test_every_python_example_runs(block):
    subprocess.run([sys.executable, "-c", block], cwd=ROOT, check=True, capture_output=True)


def test_there_are_examples_of_both_kinds():
    assert len(blocks("console")) >= 2
    assert len(blocks("python")) >= 2


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
