"""A model as ``parity snapshot`` wrote it; it stands wherever a model does."""

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.snapshot._words import MARK
from parity.errors import UnreadableModel
from parity.graph import Evidence, SourceGraph

MAX_JSON = 512 << 20


def recognise(probe: Probe) -> bool:
    """JSON that begins as a snapshot does."""
    return bool(probe.head.lstrip().removeprefix(b"{").lstrip().startswith(f'"{MARK}"'.encode()))


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  all is known of it
    """Read a snapshot: the graph that was written, under the name that the model had.

    Raises:
        UnreadableModel: it is broken, or of a later version.
    """
    from parity.adapters.snapshot._reading import decode

    size = path.stat().st_size
    if size > MAX_JSON:
        raise UnreadableModel(str(path), "the snapshot is implausibly large", found=f"{size:,} bytes")
    return decode(path.read_bytes(), str(path))


FORMAT = Format(
    name="parity-snapshot",
    framework=None,
    title="parity snapshot",
    suffixes=(".parity.json",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
)
