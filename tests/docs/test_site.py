"""The site builds without a warning, and every link in it and in the README leads somewhere."""

import os
import posixpath
import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

import parity
from parity.rules import documentation, rules
from scripts import site_pages
from tests.docs.pages import ROOT

FILES_OF_ROOT = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md")


class Page(HTMLParser):
    """What a page links to, and where it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.places, self.loaded = [], set(), []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.places.update(found[name] for name in ("id", "name") if found.get(name))
        address = found.get("href") or found.get("src")
        if address is None or tag == "base":
            return
        self.links.append(address)
        if tag != "a" and found.get("rel") != "canonical":
            self.loaded.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages of the site by their paths; where it cannot be built without a warning, nothing is."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return {path.relative_to(folder).as_posix(): Page(path) for path in folder.rglob("*.html")}, folder


def test_every_link_of_the_site_leads_somewhere(site):
    pages, folder = site
    # The page of what is not found stands at any depth, so its links are of the site as it is served.
    links = [(name, link) for name, page in pages.items() if name != "404.html" for link in page.links]

    assert {found for found in links if not leads_somewhere(*found, pages, folder)} == set()
    assert len(links) > 1000


def leads_somewhere(name, link, pages, folder):
    """Whether a link of a page is another site's, or a file of this one and a place in it."""
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return True
    target = (
        posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(address.path))) if address.path else name
    )
    there = (folder / target).exists()
    return there and (not address.fragment or target not in pages or unquote(address.fragment) in pages[target].places)


def test_the_site_loads_nothing_from_elsewhere(site):
    pages, _ = site

    assert {link for page in pages.values() for link in page.loaded if urlsplit(link).netloc} == set()


def test_every_rule_has_its_page(site):
    pages, folder = site

    for name in rules():
        text = (folder / "reference" / "rules" / f"{name}.html").read_text("utf-8")
        assert all(f'id="{place}"' in text for place in ("what-it-detects", "why-it-happens", "how-to-fix", "example"))
    assert "reference/rules/index.html" in pages


@pytest.mark.parametrize("path", FILES_OF_ROOT, ids=lambda path: path.name)
def test_every_link_of_a_file_leads_to_a_file_or_heading(path):
    text = path.read_text("utf-8")
    for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}, link


def test_text_of_a_rule_or_an_option_is_text():
    """An extension's rule may have any title, and a help text any sign."""
    import markdown

    hostile = "<script>owned()</script> | `x` [a](javascript:b) <img src=x onerror=y> *z*"
    shown = markdown.markdown(site_pages.table(("a", "b"), [(site_pages.plain(hostile), "c")]), extensions=["tables"])

    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a " not in shown
    assert shown.count("<td>") == 2
    assert "*z*" in shown


def test_pages_say_what_the_command_says():
    page = site_pages.rule_page("epsilon")
    for line in documentation("epsilon").splitlines():
        assert line.strip().rstrip(":") in page
    assert "`--write-baseline`" in site_pages.commands()
    assert "`match-outputs`" in site_pages.configuration()


def test_the_picture_is_taken_by_its_script(tmp_path):
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    command = [sys.executable, "scripts/screenshots.py", "--output", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    heads = [(folder / "report.png").read_bytes()[:24] for folder in (tmp_path, ROOT / "docs" / "images")]
    assert heads[0] == heads[1]
    assert heads[0].startswith(b"\x89PNG")


def test_what_tells_of_a_version_tells_of_this_one():
    """The version is in one place; the changelog and the citation name it."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    versions = re.findall(r"^## \[(.*?)\](?: - (\S+))?$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert versions[0] == ("Unreleased", "")
    assert versions[1] == (parity.__version__, cited["date-released"])
    assert cited["version"] == parity.__version__
    assert cited["license"] == project["license"]
    assert "version" in project["dynamic"]
