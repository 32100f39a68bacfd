"""README, the pages of docs/, --help and behaviour say the same."""

import re
import sys

import pytest
import yaml
from click.testing import CliRunner

from parity.adapters.remote._cache import CACHE
from parity.cli import main
from parity.passes._trace import TRACE, VERIFY
from tests.docs.pages import NOT_RUN, PAGES, ROOT, Project, blocks

TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in PAGES}


@pytest.fixture
def project(tmp_path, monkeypatch, request):
    """The project of a page; its files can be imported, and nothing of it stays behind."""
    monkeypatch.delenv("COLUMNS", raising=False)
    for name in [name for name in __import__("os").environ if name.startswith("PARITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return Project(tmp_path, request.node.name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TEXTS)
def test_a_page_runs_and_shows_what_is_printed(name, project, golden):
    """With --update-golden the page's transcripts are written anew."""
    golden(ROOT / name, project.play(TEXTS[name]))
