"""Take the picture of the documentation: the HTML page of a report in a browser, as docs/images/report.png.

    python scripts/screenshots.py [--browser PATH] [--output FOLDER]

It needs the test environment, and Chromium.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import parity

ROOT = Path(__file__).parents[1]

IMAGES = ROOT / "docs" / "images"

SIZE = {"width": 1100, "height": 640}


def main() -> None:
    """Open the page at its first difference, and take it."""
    from playwright.sync_api import sync_playwright

    names = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    parser = argparse.ArgumentParser(description="Take the picture of the documentation.")
    parser.add_argument("--browser", default=next(names, None), help="Chromium; default: the one on the path")
    parser.add_argument("--output", type=Path, default=IMAGES, help="the folder to write to; default: docs/images")
    arguments = parser.parse_args()
    if arguments.browser is None:
        parser.error("no Chromium is on the path; name one with --browser")
    report = parity.compare(ROOT / "fixtures" / "bn_cnn.keras", ROOT / "fixtures" / "bn_cnn.pt2")
    arguments.output.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        report.to_html(Path(folder) / "report.html")
        browser = player.chromium.launch(executable_path=arguments.browser, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto((Path(folder) / "report.html").as_uri())
        page.wait_for_selector("main")
        page.keyboard.press("n")
        page.wait_for_timeout(500)  # it scrolls there
        page.screenshot(path=arguments.output / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
