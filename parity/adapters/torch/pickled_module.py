"""``torch.save(model)``: a pickle of module objects, read as data; nothing in it is imported or called."""

from pathlib import Path

from parity.adapters._formats import Format, Inputs, Probe
from parity.graph import Evidence, Framework, SourceGraph

MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")
"""What a file of PyTorch before 1.6 begins with, after the pickle's protocol."""


def recognise(probe: Probe) -> bool:
    """Whether a file is a ``torch.save`` archive, zip or older, and not TorchScript."""
    if MAGIC in probe.head[:16]:
        return True
    names = probe.members
    folders = {name.rpartition("/")[0] for name in names if name.rpartition("/")[2] == "data.pkl"}
    return any(
        f"{folder}/constants.pkl".lstrip("/") not in names
        and not any(name.startswith(f"{folder}/code/".lstrip("/")) for name in names)
        for folder in folders
    )


def read(path: Path, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  a file needs no example inputs
    """Read the tree of modules.

    Raises:
        UnreadableModel: it is broken, or holds something else than a module.
    """
    from parity.adapters.torch._module_pickle import read_tree

    return read_tree(path, FORMAT.name, MAGIC)


FORMAT = Format(
    name="torch-pickle",
    framework=Framework.TORCH,
    title="pickled nn.Module",
    suffixes=(".pt", ".pth", ".bin"),
    evidence=Evidence.TREE,
    recognise=recognise,
    read=read,
)
