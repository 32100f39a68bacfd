"""The graph of a source that holds variables and nothing else: a row for each layer, as far as names tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parity.adapters.keras._rows import UNKNOWN
from parity.adapters.keras._store import Variable
from parity.graph import WIRING, Census, Evidence, Framework, Gap, SourceGraph, SourceLayer, SourceNode, Weight

UNCALLED = "its calls are not recorded"


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What is stored for a layer, by weight name, and its class if the source tells it."""

    type: str
    weights: Mapping[str, Weight]


def stored_row(path: str, variables: Iterable[tuple[str, Variable]], kind: str = "") -> StoredRow:
    """A row at a path with variables by slot."""
    return StoredRow(kind, {f"{path}/{slot}": _weight(f"{path}/{slot}", variable) for slot, variable in variables})


def _weight(name: str, variable: Variable) -> Weight:
    census = Census.RNG if variable.seed else Census.FROZEN if variable.trainable is False else Census.TRAINABLE
    presumed = variable.trainable is None and not variable.seed
    return Weight(name, variable.shape, variable.dtype, census, variable.storage, presumed=presumed)


def rows_graph(
    rows: Mapping[str, StoredRow], *, name: str, source: str, producer: str, gap: tuple[str, str], ordered: bool
) -> SourceGraph:
    """The graph of all rows.

    Args:
        rows: by path.
        name: of the format.
        source: as the user named it.
        producer: what wrote it.
        gap: why there is no wiring, and what would help.
        ordered: the rows come in the order of the model.
    """
    return SourceGraph(
        framework=Framework.KERAS,
        format=name,
        source=source,
        producer=producer,
        evidence=Evidence.TENSORS,
        layers=tuple(
            SourceLayer(path, row.type or UNKNOWN, tuple(row.weights), (), UNCALLED) for path, row in rows.items()
        ),
        nodes=tuple(_node(path, row) for path, row in rows.items()),
        values={},
        weights={name: weight for row in rows.values() for name, weight in row.weights.items()},
        ordered=ordered,
        gaps=(Gap(WIRING, *gap),),
    )


def _node(path: str, row: StoredRow) -> SourceNode:
    """What is stored for a layer by slot, without the folder that all of it is in: ``cell/0`` of an LSTM."""
    slots = {name.removeprefix(f"{path}/"): name for name in row.weights if row.weights[name].census is not Census.RNG}
    folders = {slot.rpartition("/")[0] for slot in slots}
    if len(folders) == 1:
        slots = {slot.rpartition("/")[2]: name for slot, name in slots.items()}
    return SourceNode(path, path, "keras.weights", row.type, weights=slots)
