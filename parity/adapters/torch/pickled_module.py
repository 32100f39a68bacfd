"""``torch.save``: a module, its state_dict or a checkpoint, read as data; nothing in it is imported or called."""

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.torch import _running
from parity.graph import Evidence, Framework, SourceGraph


def recognise(probe: Probe) -> bool:
    """Whether a file is a ``torch.save`` archive, zip or older, and not TorchScript."""
    from parity.adapters.torch._saved import is_saved, is_script

    return is_saved(probe) and not is_script(probe.members)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  a file needs no example inputs
    """Read the tree of modules; of a file that holds none the tensors.

    Raises:
        UnreadableModel: it is broken, or holds neither.
    """
    from parity.adapters.torch._pickled import pickled_graph

    return pickled_graph(path, FORMAT.name)


FORMAT = Format(
    name="torch-pickle",
    framework=Framework.TORCH,
    title="pickled nn.Module, state_dict or checkpoint",
    suffixes=(".pt", ".pth", ".bin"),
    evidence=Evidence.TREE,
    recognise=recognise,
    read=read,
    loads=_running.load_module,
    runs=_running.runs,
)
