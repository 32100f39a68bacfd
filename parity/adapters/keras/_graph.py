"""A Keras model's config and its store, joined to a SourceGraph."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from parity.adapters.keras._calls import NOTHING, Tensor
from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._rows import UNKNOWN, Place, Row, Rows, Walk, overridable
from parity.adapters.keras._store import Store, natural, slot_weights
from parity.adapters.keras._wiring import Wiring, uncalled
from parity.errors import UnreadableModel
from parity.graph import Container, Evidence, Framework, Gap, SourceGraph, SourceLayer

UNCALLED = "its calls are not recorded"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a graph was read from: the format's name, the user's name for it, and what wrote it."""

    format: str
    source: str
    version: str

    def producer(self, kind: str) -> str:
        """For people: ``Keras 3.15.1, functional``."""
        return f"Keras {self.version}, {kind}" if self.version else f"Keras, {kind}"


def build_graph(
    model: LayerConfig,
    store: Store,
    origin: Origin,
    places: Sequence[Place] = (),
    opened: Mapping[str, tuple[str, Sequence[Tensor]]] = NOTHING,
) -> SourceGraph:
    """The graph of a model.

    Args:
        model: its config.
        store: its variables.
        origin: what it was read from.
        places: its rows, where these are not simply its layers in the groups that files have.
        opened: layers that a trace has opened, by path: their class and the first output of each call.

    Raises:
        UnreadableModel: config and store do not make a model.
    """
    if not model.wiring:
        return build_tree(model, store, origin, {})
    rows = Rows(places or list(Walk(store, origin.source).places(model)), store, origin.source)
    wiring = Wiring(rows, origin.source)
    try:
        outputs = wiring.run(model)
    except (KeyError, IndexError) as error:
        cause = "its wiring names a tensor that no layer produces"
        raise UnreadableModel(origin.source, cause, found=str(error)) from error
    _give_results(rows, wiring, opened, model)
    kind = "Sequential" if model.wiring == "sequential" else "functional"
    input_keys, output_keys = _keys(model.inputs), _keys(model.outputs)
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
        input_names=input_keys or tuple(wiring.input_names),
        output_names=output_keys,
        inputs_by_name=bool(input_keys),
        outputs_by_name=bool(output_keys),
        containers=tuple(Container(row.path, row.type, tuple(row.outputs)) for row in rows.models.values()),
        gaps=(*overridable(model, model.name), *rows.gaps),
        beside=slot_weights(store.slots),
    )


def _keys(ends: Sequence[tuple[str, Tensor]]) -> tuple[str, ...]:
    """The keys by which callers give or take a model's ends, where each has its own; else ()."""
    keys = tuple(key for key, _ in ends)
    return keys if all(keys) and len(set(keys)) == len(keys) else ()


def _give_results(
    rows: Rows, wiring: Wiring, opened: Mapping[str, tuple[str, Sequence[Tensor]]], model: LayerConfig
) -> None:
    """Say what the layers give that a trace has opened: rows where they have one, else models."""
    for path, (kind, results) in opened.items():
        found = [wiring.made[each.layer, each.node, each.index] for each in results]
        row = rows.rows.get(path)
        if row is None and path != model.name:
            row = rows.models.setdefault(path, Row(path, kind))
        if row is not None:
            row.outputs = row.outputs or found


def _layer(row: Row) -> SourceLayer:
    reason = row.reason if row.outputs or row.reason else "the model does not call it"
    return SourceLayer(row.path, row.type, row.own, tuple(row.outputs), reason, row.uncounted)


def build_tree(model: LayerConfig, store: Store, origin: Origin, known: Mapping[str, LayerConfig]) -> SourceGraph:
    """The graph of a model that defines its own call: what is stored, without wiring.

    ``known`` are the model's own layers by their group in the store; a file does not tell their classes.

    Raises:
        UnreadableModel: nothing is stored.
    """
    groups = [group for group in store.groups if group and not any(each in store.groups for each in _parents(group))]
    names = Counter(store.names.get(group) for group in groups)
    places: list[Place] = []
    walk = Walk(store, origin.source)
    for group in sorted(groups, key=natural):
        layer = known.get(group, LayerConfig(UNKNOWN, group))
        name = store.names.get(group, "")
        path = name if name and names[name] == 1 else group
        places.append(Place(layer, path, group, model.trainable))
        places.extend(walk.places(layer, f"{path}/", f"{group}/", trainable=model.trainable))
    if not places and not any(store.groups.values()):
        cause = f"its class {model.type} defines its own call and no layers are stored"
        raise UnreadableModel(origin.source, cause, remedy="build the model before saving it, or pass it live")
    rows = Rows(places, store, origin.source)
    layers = {place.path: place.layer for place in places}
    missing = "wiring is" if known else "layers' classes and wiring are"
    reason = f"the class {model.type} defines its own call in Python: its {missing} not recorded"
    return SourceGraph(
        framework=Framework.KERAS,
        format=origin.format,
        source=origin.source,
        producer=origin.producer(f"subclassed {model.type}"),
        evidence=Evidence.TREE,
        layers=tuple(
            SourceLayer(row.path, row.type, row.own, (), UNCALLED, row.uncounted) for row in rows.rows.values()
        ),
        nodes=tuple(uncalled(layers.get(row.path), row) for row in rows.rows.values()),
        values={},
        weights=rows.weights,
        containers=tuple(Container(row.path, row.type) for row in rows.models.values()),
        gaps=(Gap(model.name, reason, "export it to ONNX, or rebuild it as a functional model"), *rows.gaps),
        beside=slot_weights(store.slots),
    )


def _parents(group: str) -> Iterator[str]:
    while "/" in group:
        group = group.rpartition("/")[0]
        yield group
