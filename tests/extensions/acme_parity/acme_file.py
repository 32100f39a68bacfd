"""``.acme``: a model as JSON, each layer a dense one or a snake."""

import json
from pathlib import Path

import numpy as np

from parity.extending import (
    Census,
    Evidence,
    Format,
    Framework,
    Inputs,
    Probe,
    SourceGraph,
    SourceLayer,
    SourceNode,
    TensorStore,
    UnreadableModel,
    Value,
    Weight,
)


class _Numbers:
    """The elements of a tensor, which stand in the file."""

    def __init__(self, rows):
        self.rows = rows

    def read(self):
        return np.asarray(self.rows, "float32")


def recognise(probe: Probe) -> bool:
    """JSON that begins as such a file does."""
    return probe.head.startswith(b'{"acme"')


def read(path: Path, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the file tells the sizes
    """Read a file.

    Raises:
        UnreadableModel: it is broken.
    """
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise UnreadableModel(str(path), "it is not JSON", found=str(error), remedy="save the model again") from error
    size, rows, nodes, tensors = document["inputs"], [], [], {}
    values = {"x": Value(("N", size), "float32")}
    for at, layer in enumerate(document["layers"]):
        name, given = f"layer{at}", [*values][-1]
        if "snake" in layer:
            node = SourceNode(name, name, "onnx:acme", "Snake", {"X": given}, {}, layer["snake"], (f"v{at}",))
        else:
            tensors |= {f"{name}.{slot}": layer["dense"][slot] for slot in "BC"}
            size = len(layer["dense"]["C"])
            slots = {slot: f"{name}.{slot}" for slot in "BC"}
            node = SourceNode(name, name, "onnx", "Gemm", {"A": given}, slots, {}, (f"v{at}",))
        rows.append(SourceLayer(name, node.op, tuple(node.weights.values()), node.outputs))
        nodes.append(node)
        values[f"v{at}"] = Value(("N", size), "float32")
    weights = {
        name: Weight(name, np.shape(rows), "float32", Census.TRAINABLE, name, presumed=True)
        for name, rows in tensors.items()
    }
    return SourceGraph(
        framework=Framework.ONNX,
        format=FORMAT.name,
        source=str(path),
        producer="Acme 1",
        evidence=Evidence.GRAPH,
        layers=tuple(rows),
        nodes=tuple(nodes),
        values=values,
        weights=weights,
        inputs=("x",),
        outputs=([*values][-1],),
        inference_only=True,
        store=TensorStore(str(path), {name: _Numbers(rows) for name, rows in tensors.items()}),
    )


FORMAT = Format(
    name="acme",
    framework=None,
    title="Acme model",
    suffixes=(".acme",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
)
