"""The site builds without a warning, and every link in it and in the README leads somewhere."""

import logging
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

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
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True)
    build(config)
    return {path.relative_to(folder).as_posix(): Page(path) for path in folder.rglob("*.html")}, folder


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    """mkdocs sets levels of loggers; those of other tests are theirs."""
    level = logging.getLogger("mkdocs").level
    yield
    logging.getLogger("mkdocs").setLevel(level)


def test_every_link_of_the_site_leads_somewhere(site):
    pages, folder = site
    lost = set()
    for name, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc or name == "404.html":
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(name), unquote(address.path))) if address.path else name
            if not (folder / target).exists():
                lost.add((name, link))
            elif address.fragment and target in pages and unquote(address.fragment) not in pages[target].places:
                lost.add((name, link))

    assert lost == set()
    assert sum(len(page.links) for page in pages.values()) > 1000


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


def test_text_of_a_rule_or_an_option_is_text(monkeypatch):
    """An extension's rule may have any title, and a help text any sign."""
    import markdown

    hostile = "<script>owned()</script> | `x` [a](javascript:b) <img src=x onerror=y> *z*"
    shown = markdown.markdown(site_pages.table(("a", "b"), [(site_pages.plain(hostile), "c")]), extensions=["tables"])

    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a " not in shown
    assert shown.count("<td>") == 2


def test_pages_say_what_the_command_says():
    page = site_pages.rule_page("epsilon")
    for line in documentation("epsilon").splitlines():
        assert line.strip().rstrip(":") in page
    assert "`--write-baseline`" in site_pages.commands()
    assert "`match-outputs`" in site_pages.configuration()
