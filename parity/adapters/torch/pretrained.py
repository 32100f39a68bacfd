"""A folder as ``save_pretrained`` leaves it: weights in one or several files, and the model's class in config.json."""

import json
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, SourceGraph

NAMES = ("model", "diffusion_pytorch_model", "pytorch_model", "adapter_model")
ENDINGS = (".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json")
LARGEST = 2**20
"""Bytes of config.json."""


def recognise(probe: Probe) -> bool:
    """A folder with weights under one of the names that ``save_pretrained`` gives."""
    return any(_weights(probe.files))


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  nothing flows through weights
    """Read the weights, and who wrote them.

    Raises:
        UnreadableModel: a file is broken.
    """
    from parity.adapters.torch import pickled_module, safetensors, sharded

    readers = dict(zip(ENDINGS, (safetensors, sharded, pickled_module, sharded), strict=True))
    name, ending = _weights([each.name for each in path.iterdir()])
    reader: ModuleType = readers[ending]
    graph: SourceGraph = reader.read(path / (name + ending))
    return replace(graph, format=FORMAT.name, producer=graph.producer + _class(path / "config.json"))


def _weights(files: Sequence[str]) -> tuple[str, str]:
    """The weights that ``from_pretrained`` would take, as name and ending: safetensors before pickles."""
    return next(((name, ending) for ending in ENDINGS for name in NAMES if name + ending in files), ("", ""))


def _class(config: Location) -> str:
    """A clause that says which class of which library the weights are of."""
    if not config.is_file():
        return ""
    try:
        with config.open("rb") as file:
            found: Any = json.loads(file.read(LARGEST))
    except (ValueError, RecursionError, OSError) as error:
        raise UnreadableModel(str(config), "it is not readable JSON", found=str(error)[:200]) from error
    if not isinstance(found, dict):
        return ""
    names = found.get("architectures") or [found.get("_class_name") or found.get("model_type")]
    library = next((each for each in ("transformers", "diffusers") if f"{_key(each)}_version" in found), "")
    version = f" of {library} {found[f'{_key(library)}_version']!s:.20}" if library else ""
    named = isinstance(names, list) and names and isinstance(names[0], str)
    return f", {names[0][:80]}{version}" if named else version.replace(" of", ",", 1)


def _key(library: str) -> str:
    return "_diffusers" if library == "diffusers" else library


FORMAT = Format(
    name="torch-folder",
    framework=Framework.TORCH,
    title="folder of save_pretrained",
    suffixes=("/",),
    evidence=Evidence.TENSORS,
    recognise=recognise,
    read=read,
)
