"""Weights of a Keras model without the model: what ``save_weights`` writes, in the layouts of Keras 3 and before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from parity.adapters._bytes import File
from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters._zip import StoredView
from parity.adapters.keras._h5 import SIGNATURE, LayerWeights, Stored
from parity.adapters.keras._isolated import contents, read_store
from parity.adapters.keras._numbers import hdf5_store
from parity.adapters.keras._store import Store, Variable, natural
from parity.adapters.keras._stored_rows import StoredRow, rows_graph, stored_row
from parity.adapters.keras._variables import class_of
from parity.adapters.keras._weights import holds_weights_only
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, SourceGraph

REASON = "the file holds names and shapes of weights only"
REMEDY = "save the whole model as .keras"


def recognise(probe: Probe) -> bool:
    """An HDF5 file with weights as Keras lays them out and without a config."""
    return probe.head.startswith(SIGNATURE) and holds_weights_only(probe.path)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  nothing flows through weights
    """Read the names and shapes of the weights.

    Raises:
        UnreadableModel: the file is broken, or empty.
    """
    where, file = str(path), File.at(path)
    found = contents(path, where)
    if found.by_layer and found.weights is not None:
        rows = _by_layer(found.weights)
    else:
        with path.open("rb", buffering=0) as opened, StoredView(opened, 0, file.size) as view:
            rows = _by_object(read_store(view, where, names=True))
    rows = {path: row for path, row in rows.items() if row.weights}
    if not rows:
        raise UnreadableModel(where, "the file holds no weights", remedy="build the model before saving its weights")
    producer = " ".join(each for each in ("Keras", found.version) if each) + ", weights"
    graph = rows_graph(
        rows, name=FORMAT.name, source=where, producer=producer, gap=(REASON, REMEDY), ordered=found.by_layer
    )
    return replace(graph, store=hdf5_store(file.whole(), where, graph.weights))


def _by_layer(found: LayerWeights) -> dict[str, StoredRow]:
    layers = {**found.layers, **({"top_level_model_weights": found.top_level} if found.top_level else {})}
    rows: dict[str, StoredRow] = {}
    for name, stored in layers.items():
        for path, own in _modules(name, stored).items():
            rows[path] = stored_row(path, ((_slot(path, each.name), each.variable) for each in own))
    return rows


def _slot(path: str, name: str) -> str:
    """A weight's name without the names of what it is in."""
    return name.removeprefix(f"{path}/").removeprefix(f"{path.rpartition('/')[2]}/")


def _modules(layer: str, stored: Sequence[Stored]) -> dict[str, list[Stored]]:
    """The weights of a layer, or of each layer of a model in its place, whose names do not begin with the model's."""
    found: dict[str, list[Stored]] = {}
    for each in stored:
        inner = "" if each.folder[:1] in {(), (layer,)} else f"/{each.folder[0]}"
        found.setdefault(f"{layer}{inner}", []).append(each)
    return found


def _by_object(store: Store) -> dict[str, StoredRow]:
    owners: dict[str, list[tuple[str, Variable]]] = {}
    for group in sorted(store.groups, key=natural):
        owner = _owner(group)
        inner = group[len(owner) + 1 :]
        found = owners.setdefault(owner, []) if owner or store.groups[group] else []
        for key in sorted(store.groups[group], key=natural):
            found.append((f"{inner}/{key}" if inner else key, store.groups[group][key]))
    names = Counter(store.names.get(owner, "") for owner in owners)
    rows: dict[str, StoredRow] = {}
    for owner, found in owners.items():
        name = store.names.get(owner, "")
        path = name if name and names[name] == 1 else owner or "vars"
        rows[path] = stored_row(path, found, class_of(_told(owner, name)))
    return rows


def _told(owner: str, name: str) -> str:
    """What tells the class: the group of a list's member is named after it, and so is a layer that nobody has named."""
    folder, _, group = owner.rpartition("/")
    return group if folder.rpartition("/")[2] == "layers" else name


def _owner(group: str) -> str:
    """The layer that a group belongs to: the last member of a list of layers on the way to it, or the first object."""
    parts = group.split("/")
    lists = [at for at, part in enumerate(parts[:-1]) if part == "layers"]
    return "/".join(parts[: lists[-1] + 2] if lists else parts[:1])


FORMAT = Format(
    name="keras-weights",
    framework=Framework.KERAS,
    title="Keras weights in HDF5 (.weights.h5)",
    suffixes=(".weights.h5",),
    evidence=Evidence.TENSORS,
    recognise=recognise,
    read=read,
)
