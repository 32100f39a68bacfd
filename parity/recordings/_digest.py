"""What tells whether a recording is of a model: its graph, and the values of its weights."""

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
        for name in sorted(source.store):
            each = source.store.digest(name)
            found.update(f"{name} {each.dtype} {each.code}\n".encode("utf-8", "surrogatepass"))
    except ParityError:
        return ""
    return found.hexdigest()
