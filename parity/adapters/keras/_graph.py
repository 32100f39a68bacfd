"""A Keras model's config and its store, joined to a SourceGraph."""

from dataclasses import dataclass

from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._rows import Row, Rows
from parity.adapters.keras._store import Store
from parity.adapters.keras._wiring import Wiring
from parity.errors import UnreadableModel
from parity.graph import Container, Evidence, Framework, Gap, SourceGraph, SourceLayer, SourceNode


@dataclass(frozen=True, slots=True)
class Origin:
    """What a graph was read from: the format's name, the user's name for it, and what wrote it."""

    format: str
    source: str
    version: str

    def producer(self, kind: str) -> str:
        """For people: ``Keras 3.15.1, functional``."""
        return f"Keras {self.version}, {kind}" if self.version else f"Keras, {kind}"


def build_graph(model: LayerConfig, store: Store, origin: Origin) -> SourceGraph:
    """The graph of a model.

    Raises:
        UnreadableModel: config and store do not make a model.
    """
    if model.wiring not in ("functional", "sequential"):
        return build_tree(model, store, origin)
    rows = Rows(model, store, origin.source)
    wiring = Wiring(rows, origin.source)
    try:
        outputs = wiring.run(model)
    except KeyError as error:
        cause = "its wiring names a tensor that nothing makes"
        raise UnreadableModel(origin.source, cause, found=str(error)) from error
    kind = "Sequential" if model.wiring == "sequential" else "functional"
    return SourceGraph(
        framework=Framework.KERAS,
        format=origin.format,
        source=origin.source,
        producer=origin.producer(kind),
        evidence=Evidence.GRAPH,
        layers=tuple(_layer(row) for row in rows.rows.values()),
        nodes=tuple(wiring.nodes),
        values=wiring.values,
        weights=rows.weights,
        inputs=tuple(wiring.inputs),
        outputs=tuple(outputs),
        input_names=tuple(wiring.input_names),
        containers=tuple(Container(row.path, row.type, tuple(row.outputs)) for row in rows.models.values()),
        gaps=tuple(rows.gaps),
    )


def _layer(row: Row) -> SourceLayer:
    reason = row.reason if row.outputs or row.reason else "the model does not call it"
    return SourceLayer(row.path, row.type, row.own, tuple(row.outputs), reason)


def build_tree(model: LayerConfig, store: Store, origin: Origin) -> SourceGraph:
    """The graph of a model that defines its own call: what is stored, without classes and wiring.

    Raises:
        UnreadableModel: there are no weights either.
    """
    bare = LayerConfig(model.type, model.name)
    rows = Rows(bare, store, origin.source)
    if not rows.weights:
        cause = f"its class {model.type} defines its own call and no weights are stored"
        raise UnreadableModel(origin.source, cause, remedy="build the model before saving it, or pass it live")
    reason = (
        f"the class {model.type} defines its own call in Python: its layers' classes and wiring are not in the file"
    )
    return SourceGraph(
        framework=Framework.KERAS,
        format=origin.format,
        source=origin.source,
        producer=origin.producer(f"subclassed {model.type}"),
        evidence=Evidence.TREE,
        layers=tuple(SourceLayer(row.path, row.type, row.own, (), row.reason) for row in rows.rows.values()),
        nodes=tuple(
            SourceNode(row.path, row.path, "keras", row.type, {}, dict(row.slots)) for row in rows.rows.values()
        ),
        values={},
        weights=rows.weights,
        gaps=(Gap(model.name, reason, "export it to ONNX, or rebuild it as a functional model"),),
    )
