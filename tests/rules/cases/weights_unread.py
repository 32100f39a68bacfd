"""A snapshot, which holds no numbers."""

import tempfile
from pathlib import Path

from parity.adapters import read
from parity.adapters.snapshot import encode
from tests.rules.models import nn, seeded

INPUTS = [(1, 8)]


def net():
    return seeded(nn().Linear(8, 6))


def bad():
    folder = Path(tempfile.mkdtemp())
    path = folder / "net.parity"
    path.write_text(encode(read(net(), INPUTS)))
    return net(), str(path), {"inputs": INPUTS, "rtol": 1e-5}


def good():
    return net(), net(), {"inputs": INPUTS, "rtol": 1e-5}
