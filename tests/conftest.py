"""Settings of every test: frameworks keep quiet and leave the GPU alone."""

import gc
import os
import random
import sys
from collections import Counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# The tests run in a process for each core; threads of their own would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

# A build repeats itself; at a desk every run looks for new examples.
settings.register_profile("parity", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("parity")

# The frameworks' millions of objects stay: going through them again and again took 11 of 76 s of one test of mutants.
gc.set_threshold(50_000, 20, 50)

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(scope="session")
def fixtures():
    """The folder of committed model files."""
    return FIXTURES


QUICK = frozenset(
    {
        *("alignment", "config", "corpus", "pairing", "passes", "reports", "rules", "test_architecture", "test_axes"),
        *("test_contributing", "test_extensions", "test_graph_command", "test_policy"),
    }
)
"""The folders and files of tests that are marked quick: together some two minutes on two cores."""


def pytest_collection_modifyitems(config, items):
    """Mark what is quick, and leave out what a sample stands for unless it is asked for."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0].removesuffix(".py") in QUICK:
            item.add_marker(pytest.mark.quick)
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    if thorough and not config.getoption("thorough"):
        config.hook.pytest_deselected(items=thorough)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_addoption(parser):
    """Add the options that accept what golden tests find, and that run all of a sweep."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")
    parser.addoption("--thorough", action="store_true", help="run all of each sweep, where else a sample is enough")


MANY_MODULES = 300
"""So many more than before are another framework."""


@pytest.fixture(autouse=True)
def torch_repeats():
    """Draw PyTorch's random numbers from the seed of the run too: pytest-randomly knows random and numpy alone."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(random.getrandbits(32))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """Leave a framework that a test has imported out of collections; Keras does one for each session it clears."""
    there = len(sys.modules)
    if there > item.session.stash.get(FROZEN, 0) + MANY_MODULES:
        gc.collect()
        gc.freeze()
        item.session.stash[FROZEN] = there


FROZEN = pytest.StashKey[int]()


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
    """Print the sums over all workers of what tests have counted under names that begin with ``figure``."""
    sums = Counter()
    for reports in terminalreporter.stats.values():
        for each in reports:
            found = getattr(each, "user_properties", ()) if getattr(each, "when", "") == "call" else ()
            sums.update({name: value for name, value in found if name.startswith("figure: ")})
    for name, value in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {value:,}")
    if told := sums["figure: layers whose exporter names their module"]:
        right = told - sums["figure: of them aligned to another module"]
        terminalreporter.write_line(f"alignment of exports: {right:,} of {told:,} layers right, {right / told:.2%}")
    if tried := sums["figure: mutants tried"]:
        recall = 1 - sums["figure: mutants missed"] / tried
        precision = 1 - sums["figure: mutants with a false finding"] / tried
        terminalreporter.write_line(f"mutants: recall {recall:.2%}, precision {precision:.2%}")
