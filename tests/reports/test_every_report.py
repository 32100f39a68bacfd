"""Each renderer says one shared scenario as its golden file does; --update-golden writes them anew."""

from pathlib import Path

import pytest

import parity
from parity.reports import Screen, renderers

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def scenario(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2"), parity.summary("bn_cnn.pt2")


@pytest.mark.parametrize("name", sorted(renderers()))
@pytest.mark.parametrize("what", ["report", "summary"])
def test_every_report(scenario, golden, name, what):
    found = scenario[what == "summary"]
    width = 80 if name == "text" else None

    text = getattr(renderers()[name], what)(found, Screen(width))

    golden(GOLDEN / f"{what}.{name}", text)


def test_no_golden_file_is_left_over():
    wanted = {f"{what}.{name}" for what in ("report", "summary") for name in renderers()}

    assert {path.name for path in GOLDEN.iterdir()} == wanted
