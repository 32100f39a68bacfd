"""``*.index.json``: a table from tensors to the files beside it that hold them."""

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.graph import Evidence, Framework, SourceGraph


def recognise(probe: Probe) -> bool:
    """JSON text with a table from tensors to files."""
    return probe.head.lstrip()[:1] == b"{" and b'"weight_map"' in probe.head


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  nothing flows through weights
    """Read the tensors of all files that are there; what is missing is told.

    Raises:
        UnreadableModel: the index or a file is broken, or the index points outside its folder.
    """
    from parity.adapters.torch._shards import read_shards
    from parity.adapters.torch._weights_only import weights_graph

    held, gaps = read_shards(path)
    return weights_graph(held, FORMAT.name, str(path), "PyTorch, sharded", gaps, ordered=False)


FORMAT = Format(
    name="torch-sharded",
    framework=Framework.TORCH,
    title="index of sharded weights",
    suffixes=(".index.json",),
    evidence=Evidence.TENSORS,
    recognise=recognise,
    read=read,
)
