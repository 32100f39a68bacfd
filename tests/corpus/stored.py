"""The committed corpus: translated graphs of real models, without their frameworks."""

import gzip
from functools import cache
from pathlib import Path

from parity.adapters import read
from parity.kinds import translate

FOLDER = Path(__file__).parent / "models"
NAMES = tuple(sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz")))


@cache
def source(name, folder):
    """The source graph of a model of the corpus."""
    path = Path(folder) / f"{name}.json"
    path.write_bytes(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    return read(path)


def graph(name, folder):
    """The model in the common form, before any pass."""
    return translate(source(name, folder))
