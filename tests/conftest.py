"""Settings of every test: frameworks keep quiet and leave the GPU alone."""

import os
from collections import Counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from pathlib import Path

import pytest
from hypothesis import settings

# A build repeats itself; at a desk every run looks for new examples.
settings.register_profile("parity", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("parity")

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(scope="session")
def fixtures():
    """The folder of committed model files."""
    return FIXTURES


def pytest_addoption(parser):
    """Add the option that accepts what golden tests find."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


def pytest_terminal_summary(terminalreporter):
    """Print how many mutants were tried and what was missed or said in vain, over all workers."""
    found = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "mutants" and getattr(report, "when", "") == "call"
    ]
    if found:
        count, missed, findings, wrong = map(sum, zip(*found, strict=True))
        recall, precision = 1 - missed / count, 1 - wrong / count
        terminalreporter.write_line(
            f"mutants: {count:,} tried, {missed} missed, {findings:,} findings, {wrong} with false ones; "
            f"recall {recall:.2%}, precision {precision:.2%}"
        )


@pytest.fixture
def golden(request):
    """Compare a text with a golden file, or write it with --update-golden."""

    def check(path, text):
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text()

    return check


def pytest_terminal_summary(terminalreporter):
    """Print the sums of what tests have counted under names that begin with ``figure``."""
    sums = Counter()
    for reports in terminalreporter.stats.values():
        for each in reports:
            found = getattr(each, "user_properties", ()) if getattr(each, "when", "") == "call" else ()
            sums.update({name: value for name, value in found if name.startswith("figure: ")})
    for name, value in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {value:,}")
