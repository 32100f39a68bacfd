"""A model runs in ONNX Runtime, unoptimised, with every value between its operators as an output."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parity.adapters._running import Array, Feed, Ran
from parity.graph import SourceGraph

MOST = 1 << 30
"""Bytes of a model that is handed over in memory; protobuf has a limit."""

LISTS = ("Sequence", "Optional", "SplitToSequence")
"""How operators begin that make no tensor."""


def load(path: Path, *, trust: bool) -> Any:  # noqa: ARG001  an ONNX file has no code but that of ONNX Runtime
    """Load a file with the data beside it."""
    import onnx

    return onnx.load(str(path))


def runs(model: Any, graph: SourceGraph, feed: Feed) -> Ran:
    """Run a ``ModelProto``.

    Args:
        model: it; it is not changed.
        graph: the same as it was read.
        feed: what it is called with.
    """
    import onnxruntime

    told = [each.name for each in model.graph.output]
    made = [
        name
        for node in model.graph.node
        if not node.op_type.startswith(LISTS)
        for name in node.output
        if name and name in graph.values and name not in told
    ]
    session = _session(model, made)
    types = {each.name: each.type for each in session.get_inputs()}
    given = {
        name: _typed(array, types[name]) for name, array in zip(graph.inputs, feed.arrays, strict=True) if name in types
    }
    found = dict(zip([*told, *made], session.run([*told, *made], given), strict=True))
    values = {name: array for name, array in found.items() if name in graph.values and array is not None}
    return Ran(f"ONNX Runtime {onnxruntime.__version__}", [found[name] for name in told], values)


def _typed(array: Array, kind: str) -> Array:
    """An array in the type that an input has: ``tensor(float)``."""
    names = {"float": "float32", "double": "float64"}
    dtype = kind.removeprefix("tensor(").removesuffix(")")
    return array.astype(names.get(dtype, dtype))


def _session(model: Any, made: list[str]) -> Any:
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    told = onnx.ModelProto()
    told.CopyFrom(model)
    told.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
    providers = ["CPUExecutionProvider"]
    if told.ByteSize() < MOST:
        return onnxruntime.InferenceSession(told.SerializeToString(), options, providers)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.onnx")
        onnx.save_model(told, path, save_as_external_data=True)
        return onnxruntime.InferenceSession(path, options, providers)
