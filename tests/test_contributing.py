"""What CONTRIBUTING.md says of the house is so."""

import re
from pathlib import Path

from parity._discovery import CONSTANTS
from parity.passes import PHASES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def table(title):
    return re.findall(r"^\| (.*?) \|", re.split(r"\n##+ ", TEXT.partition(f"# {title}\n")[2])[0], re.MULTILINE)[1:]


def test_every_folder_and_file_of_the_map_is_there():
    named = [name for row in table("Where things are") for name in re.findall(r"`(parity/[\w./]+)`", row)]
    folders = {f"parity/{path.name}" for path in (ROOT / "parity").iterdir() if path.is_dir() and path.name[0] != "_"}

    assert all((ROOT / name).exists() for name in named)
    assert folders <= set(named)


def test_the_phases_are_those_that_run():
    assert [row.strip("`") for row in table("Phases")] == [phase.name for phase in PHASES]


def test_the_constants_are_those_that_packages_are_scanned_for():
    assert tuple(row.strip("`") for row in table("In a package of one's own")) == CONSTANTS


def test_the_example_of_a_kind_is_the_one_that_is_tested():
    ((name, text),) = re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)

    assert text == (ROOT / "tests" / "extensions" / name).read_text()
