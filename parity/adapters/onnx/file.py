"""ONNX files: the protobuf without its tensors; external data is left alone."""

from collections.abc import Sequence
from typing import Any

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.onnx import _running
from parity.adapters.onnx._wire import load, looks_like_model
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, Shape, SourceGraph, Unknown

ORT = b"ORTM"
"""What ONNX Runtime's own files have at offset 4."""


def recognise(probe: Probe) -> bool:
    """Whether the first bytes are fields of a ``ModelProto``, or a file of ONNX Runtime, which ``read`` refuses."""
    promised = probe.path.name.lower().endswith(FORMAT.suffixes)
    return probe.head[4:8] == ORT or looks_like_model(probe.head, complete=not promised)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  a file needs no example inputs
    """Read a model, its weights' sizes but not their elements.

    Raises:
        UnreadableModel: it is broken, or its data points out of its folder.
    """
    return sized(path, ())


def sized(path: Location, shapes: Sequence[Shape]) -> SourceGraph:
    """Read a model for inputs of these shapes.

    Raises:
        UnreadableModel: it is broken, or its data points out of its folder.
    """
    from parity.adapters.onnx._data_files import DataFiles
    from parity.adapters.onnx._external import check, locate, read_small
    from parity.adapters.onnx._graph import build
    from parity.adapters.onnx._inventory import size_gaps
    from parity.adapters.onnx._tensors import EXTERNAL, text

    source = str(path)
    with path.open("rb") as file:
        if file.read(8)[4:] == ORT:
            raise UnreadableModel(
                source,
                "it is in ONNX Runtime's own format",
                found=ORT.decode(),
                remedy="compare the .onnx that it was made from",
            )
    loaded = load(path)
    graph = loaded.model.graph
    gaps = (*check(graph.initializer, path.parent, source), *size_gaps(graph.initializer, loaded.sizes))

    def fetch(tensor: Any) -> Any:
        if tensor.data_location != EXTERNAL:
            return tensor
        data = read_small(tensor, locate(tensor, path.parent, source))
        if data is None:
            return Unknown(f"the data file of the constant {text(tensor.name)!r} is missing or too short")
        return type(tensor)(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, raw_data=data)

    return build(
        loaded.model, source, FORMAT.name, fetch, DataFiles(loaded, path.parent, source).elements, gaps, shapes
    )


FORMAT = Format(
    name="onnx",
    framework=Framework.ONNX,
    title="ONNX model",
    suffixes=(".onnx",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    sized=sized,
    loads=_running.load,
    runs=_running.runs,
)
