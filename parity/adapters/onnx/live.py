"""An ``onnx.ModelProto`` in memory."""

import sys
from collections.abc import Sequence
from typing import Any

from parity.adapters._formats import Format, Inputs
from parity.adapters.onnx import _running
from parity.graph import Evidence, Framework, Shape, SourceGraph, Unknown


def recognise(source: Any) -> bool:
    """Whether the object is a ``ModelProto``; whoever holds one has imported onnx."""
    onnx = sys.modules.get("onnx")
    return onnx is not None and isinstance(source, onnx.ModelProto)


def read(source: Any, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the model states its own inputs
    """Read a model; it is not changed.

    Raises:
        UnreadableModel: the graph contradicts itself.
    """
    return sized(source, ())


def sized(source: Any, shapes: Sequence[Shape]) -> SourceGraph:
    """Read a model for inputs of these shapes.

    Raises:
        UnreadableModel: the graph contradicts itself.
    """
    from parity.adapters.onnx._graph import build
    from parity.adapters.onnx._numbers import Live
    from parity.adapters.onnx._tensors import text

    return build(source, text(source.graph.name) or "ModelProto", FORMAT.name, _fetch, Live, (), shapes)


def _fetch(tensor: Any) -> Any:
    from parity.adapters.onnx._tensors import EXTERNAL, text

    if tensor.data_location != EXTERNAL:
        return tensor
    return Unknown(
        f"the data of the constant {text(tensor.name)!r} is in an external file that a model in memory does not name",
        "load the model with its external data, or pass its path",
    )


FORMAT = Format(
    name="onnx-live",
    framework=Framework.ONNX,
    title="ONNX ModelProto in memory",
    suffixes=(),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    live=True,
    sized=sized,
    runs=_running.runs,
)
