"""``.safetensors``: tensors by name, of which only the header is read."""

from parity.adapters._formats import PRINTABLE, Format, Inputs, Probe
from parity.adapters._location import Location
from parity.graph import Evidence, Framework, SourceGraph


def recognise(probe: Probe) -> bool:
    """Whether JSON begins after eight bytes that are a length and no text."""
    return probe.head[8:9] == b"{" and not PRINTABLE.issuperset(probe.head[:8])


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  nothing flows through weights
    """Read names, shapes and types of the tensors.

    Raises:
        UnreadableModel: the header is broken, or tensors are cut off.
    """
    from parity.adapters.torch._safetensors import read_header, with_left_out
    from parity.adapters.torch._weights_only import weights_graph

    held = with_left_out(read_header(path))
    return weights_graph(held, FORMAT.name, str(path), "PyTorch, safetensors", ordered=False)


FORMAT = Format(
    name="torch-safetensors",
    framework=Framework.TORCH,
    title="safetensors",
    suffixes=(".safetensors",),
    evidence=Evidence.TENSORS,
    recognise=recognise,
    read=read,
)
