"""README, the pages of docs/, --help and behaviour say the same."""

import os
import re
import sys

import pytest
import yaml
from click.testing import CliRunner

from parity.adapters.remote._cache import CACHE
from parity.cli import main
from parity.passes._trace import TRACE, VERIFY
from tests.docs.pages import FENCE, NOT_RUN, PAGES, ROOT, Project, as_elided, blocks

TEXTS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in PAGES}

DOCUMENTED = "\n".join(TEXTS.values())


@pytest.fixture
def project(tmp_path, monkeypatch, request):
    """The project of a page; its files can be imported, and nothing of them stays loaded."""
    for name in [name for name in os.environ if name.startswith("PARITY_") or name == "COLUMNS"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield Project(tmp_path, request.node.name)
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TEXTS)
def test_a_page_runs_and_shows_what_is_printed(name, project, golden):
    """With --update-golden the page's transcripts are written anew."""
    golden(ROOT / name, project.play(TEXTS[name]))


def test_pipelines_are_yaml_and_run(project):
    page = TEXTS["docs/guides/ci.md"]
    action, gitlab = (yaml.safe_load(block.text) for block in blocks(page) if block.language == "yaml")

    known = yaml.safe_load((ROOT / action[0]["uses"] / "action.yml").read_text())["inputs"]
    assert set(action[0]["with"]) <= set(known)
    assert set(re.findall(r"`([a-z-]+)`", page.partition("Its inputs are")[2].partition("\n\n")[0])) <= set(known)
    for block in blocks(TEXTS["docs/guides/gate.md"]):
        if block.text.startswith("# parity.toml\n"):
            (project.folder / "parity.toml").write_text(block.text)
    job = gitlab["parity"]
    done = project.bash("\n".join(line for line in job["script"] if not line.startswith("pip install")))
    assert done.returncode == 1, done.stderr
    for path in job["artifacts"]["reports"].values():
        assert (project.folder / path).exists()


def test_there_are_examples_of_each_kind():
    found = [block for page in TEXTS.values() for block in blocks(page)]
    shown = {
        language: [each for each in found if each.language == language] for language in ("console", "python", "sh")
    }

    assert all(len(each) >= 8 for each in shown.values())
    assert {each.language for each in found} <= {*shown, "text", "toml", "yaml"}
    assert len(FENCE.findall(DOCUMENTED)) * 2 == len(re.findall(r"^ *```", DOCUMENTED, re.MULTILINE))


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ("one\n...\nfour\n", True),
        ("...\nthree\nfour\n", True),
        ("one\n  ...\n", True),
        ("one\n...\nfive\n", False),
        ("two\n...\nfour\n", False),
        ("one\ntw\n...\nfour\n", False),
        ("one\n...\nthree\n", False),
        ("one\nfour\n", False),
    ],
)
def test_lines_may_be_left_out_and_none_invented(shown, left):
    printed = "one\ntwo\nthree\nfour\n"

    assert as_elided(shown, printed) == (shown if left else printed)


def test_every_option_that_is_named_exists():
    shown = "".join(CliRunner().invoke(main, [command, "--help"]).output for command in main.commands)
    shown += (ROOT / "parity" / "pytest_plugin.py").read_text()
    named = set(re.findall(r"`(--[a-z-]+)", DOCUMENTED))

    assert len(named) > 20
    assert {option for option in named if option not in shown} == set()


def test_every_variable_that_is_named_is_read():
    named = set(re.findall(r"`(PARITY_[A-Z_]+)", DOCUMENTED))
    read = {each.envvar for each in main.commands["check"].params if each.envvar} | {TRACE, VERIFY, CACHE}

    assert {TRACE, VERIFY, CACHE} <= named <= read


def test_every_rule_that_is_linked_is_one():
    from parity.rules import rules

    assert set(re.findall(r"rules/([a-z-]+)\.md", DOCUMENTED)) - {"index"} <= set(rules())


def test_programs_that_are_only_shown_exist():
    for name in NOT_RUN:
        assert name not in DOCUMENTED or not name.startswith("scripts/") or os.access(ROOT / name, os.X_OK)
