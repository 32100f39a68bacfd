"""A report within a notebook, in a real browser: its script runs, its links stay in it, and nothing leaves it."""

import os
import shutil

import pytest
from reports.hostile import attacked

import parity

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Show cells in a page, as a notebook does; the frame of the first one, and the page."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()

        def show(found):
            path = tmp_path_factory.mktemp("notebook") / "notebook.html"
            path.write_text(f"<!DOCTYPE html><title>mine</title><div>{found._repr_html_()}</div>")
            page.goto(path.as_uri())
            return page, page.frames[1]

        yield show
        browser.close()


def test_the_page_works_in_its_frame(notebook, fixtures):
    page, frame = notebook(parity.compare(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2"))

    frame.wait_for_selector("main")
    link = frame.locator("main a[href^='#']:visible").first
    link.click()
    assert page.title() == "mine"
    assert frame.url.startswith("about:srcdoc#")
    assert frame.locator("main").count() == 1


def test_a_hostile_model_stays_in_its_frame(notebook, fixtures):
    page, frame = notebook(attacked(parity.compare(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2")))

    frame.wait_for_selector("main")
    assert page.title() == "mine"
    assert len(page.frames) == 2
    assert frame.title() != "owned"
