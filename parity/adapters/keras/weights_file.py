"""Weights of a Keras model without the model: what ``save_weights`` writes, in the layouts of Keras 3 and before."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters.keras._h5 import SIGNATURE, Group, Stored, opened, read_layers
from parity.adapters.keras._rows import UNKNOWN
from parity.adapters.keras._store import Store, Variable, natural, read_store
from parity.adapters.keras._weights import by_layer, holds_weights_only
from parity.errors import UnreadableModel
from parity.graph import WIRING, Census, Evidence, Framework, Gap, SourceGraph, SourceLayer, Weight

REASON = "the file holds names and shapes of weights only"
REMEDY = "save the whole model as .keras"
UNCALLED = "its calls are not recorded"


def recognise(probe: Probe) -> bool:
    """An HDF5 file with weights as Keras lays them out and without a config."""
    return probe.head.startswith(SIGNATURE) and holds_weights_only(probe.path)


def read(path: Path, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  nothing flows through weights
    """Read the names and shapes of the weights.

    Raises:
        UnreadableModel: the file is broken, or empty.
    """
    where = str(path)
    with opened(path, where) as root:
        old = by_layer(root)
        rows = _by_layer(root) if old else {}
        version = root.text("keras_version")[:40]
    if not old:
        with path.open("rb") as file:
            rows = _by_object(read_store(file, where, names=True))
    if not any(rows.values()):
        raise UnreadableModel(where, "the file holds no weights", remedy="build the model before saving its weights")
    weights = {name: weight for row in rows.values() for name, weight in row.items()}
    return SourceGraph(
        framework=Framework.KERAS,
        format=FORMAT.name,
        source=where,
        producer=" ".join(each for each in ("Keras", version) if each) + ", weights",
        evidence=Evidence.TENSORS,
        layers=tuple(SourceLayer(path, UNKNOWN, tuple(row), (), UNCALLED) for path, row in rows.items()),
        nodes=(),
        values={},
        weights=weights,
        gaps=(Gap(WIRING, REASON, REMEDY),),
    )


def _by_layer(root: Group) -> dict[str, dict[str, Weight]]:
    found = read_layers(root)
    layers = {**found.layers, **({"top_level_model_weights": found.top_level} if found.top_level else {})}
    return {name: _row(name, _named(name, stored)) for name, stored in layers.items()}


def _named(layer: str, stored: Iterable[Stored]) -> Iterable[tuple[str, Variable]]:
    """Weights by what their names have behind the layer's own."""
    for each in stored:
        yield each.name.removeprefix(f"{layer}/"), each.variable


def _by_object(store: Store) -> dict[str, dict[str, Weight]]:
    owners: dict[str, list[tuple[str, Variable]]] = {}
    for group in sorted(store.groups, key=natural):
        owner = _owner(group)
        inner = group[len(owner) + 1 :]
        found = owners.setdefault(owner, []) if owner or store.groups[group] else []
        for key in sorted(store.groups[group], key=natural):
            found.append((f"{inner}/{key}" if inner else key, store.groups[group][key]))
    names = Counter(store.names.get(owner, "") for owner in owners)
    rows: dict[str, dict[str, Weight]] = {}
    for owner, found in owners.items():
        name = store.names.get(owner, "")
        path = name if name and names[name] == 1 else owner or "vars"
        rows[path] = _row(path, found)
    return rows


def _owner(group: str) -> str:
    """The layer that a group belongs to: the last member of a list of layers on the way to it, or the first object."""
    parts = group.split("/")
    lists = [at for at, part in enumerate(parts[:-1]) if part == "layers"]
    return "/".join(parts[: lists[-1] + 2] if lists else parts[:1])


def _row(path: str, variables: Iterable[tuple[str, Variable]]) -> dict[str, Weight]:
    return {f"{path}/{slot}": _weight(f"{path}/{slot}", variable) for slot, variable in variables}


def _weight(name: str, variable: Variable) -> Weight:
    census = Census.RNG if variable.seed else Census.TRAINABLE
    return Weight(name, variable.shape, variable.dtype, census, variable.storage, presumed=not variable.seed)


FORMAT = Format(
    name="keras-weights",
    framework=Framework.KERAS,
    title="Keras weights in HDF5 (.weights.h5)",
    suffixes=(".weights.h5",),
    evidence=Evidence.TENSORS,
    recognise=recognise,
    read=read,
)
