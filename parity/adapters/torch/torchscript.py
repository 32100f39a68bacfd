"""``torch.jit.save``: the tree of modules of a TorchScript archive; its code is looked at as text."""

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.torch import _running
from parity.graph import Evidence, Framework, SourceGraph


def recognise(probe: Probe) -> bool:
    """Whether a file is a zip archive with a pickle and code."""
    from parity.adapters.torch._saved import is_saved, is_script

    return is_saved(probe) and is_script(probe.members)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  a file needs no example inputs
    """Read the tree of modules.

    Raises:
        UnreadableModel: it is broken, or holds no module.
    """
    from parity.adapters.torch._script import script_graph

    return script_graph(path, FORMAT.name)


FORMAT = Format(
    name="torch-script",
    framework=Framework.TORCH,
    title="TorchScript archive",
    suffixes=(".pt", ".torchscript"),
    evidence=Evidence.TREE,
    recognise=recognise,
    read=read,
    loads=_running.load_script,
    runs=_running.runs,
)
