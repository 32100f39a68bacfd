"""What tells whether a recording is of a model: its graph, and the values of its weights."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from parity.adapters.snapshot import encode
from parity.errors import ParityError
from parity.graph import SourceGraph


def digest(source: SourceGraph) -> str:
    """Of all that is read of a model but its name and its weight values."""
    graph = replace(source, source="", format="", producer="")
    return sha256(encode(graph).encode("utf-8", "surrogatepass")).hexdigest()


def weights_digest(source: SourceGraph) -> str:
    """Of the values of a model's weights; "" where some cannot be read."""
    found = sha256()
    try:
        for part in _parts(source):
            found.update(part)
    except ParityError:
        return ""
    return found.hexdigest()


def _parts(source: SourceGraph) -> Iterator[bytes]:
    for name in sorted(source.store):
        array = source.store.read(name)
        yield f"{name} {array.dtype} {array.shape}\n".encode("utf-8", "surrogatepass")
        yield array.tobytes()
