"""TensorFlow SavedModel folders: with Keras 2's notes a model, without them variables and signatures.

Nothing of the saved functions is looked at, and no tensor is read.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from typing import Any

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location, on_disk
from parity.adapters.keras import _running
from parity.adapters.keras._bundle import Index, StoredTensor, read_index
from parity.adapters.keras._config import parse_json, parse_model
from parity.adapters.keras._filing import Filing, grouped
from parity.adapters.keras._graph import Origin, build_graph, build_tree
from parity.adapters.keras._h5 import LayerWeights, Stored
from parity.adapters.keras._saved_objects import SavedObject, SavedObjects, metadata_of, saved_objects
from parity.adapters.keras._shards import OBJECT, Shards
from parity.adapters.keras._store import Variable, is_seed
from parity.adapters.keras._stored_rows import StoredRow, rows_graph, stored_row
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, SourceGraph

MODEL = "saved_model.pb"
NOTES = "keras_metadata.pb"
VARIABLES = "variables/variables"
INDEX = f"{VARIABLES}.index"
TRAINABLE = "trainable_variables"
KERAS_3 = "_build_shapes_dict"
"""What ``tf.saved_model.save`` finds in a layer or model of Keras 3."""
MAX_INDEX = 64 << 20
MAX_NOTES = 256 << 20
LAYER = re.compile(r"layer-(\d+)")
REASON = "a SavedModel without Keras' notes holds variables and traced functions, which are not read"
REMEDY = "save the model as .keras"


def recognise(probe: Probe) -> bool:
    """A folder that holds a ``saved_model.pb``."""
    return MODEL in probe.files


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the file holds its input shapes
    """Read the model's config if Keras 2 wrote it, and names, shapes and flags of all variables.

    Raises:
        UnreadableModel: a file of the folder is broken or missing, or they contradict each other.
    """
    where = str(path)
    saved = _saved(path / MODEL, where)
    notes = _notes(path / NOTES, saved, where)
    index = _index(path / INDEX, where)
    stored = index.tensors
    shards = Shards(path / VARIABLES, index)
    _check(saved, stored, where)
    version = f"{saved.version} SavedModel" if saved.version else "SavedModel"
    if 0 in notes:
        return shards.entered(_noted(saved, notes, Origin(FORMAT.name, where, f"(TensorFlow {version})")), saved)
    producer = f"TensorFlow {version}, {_interface(saved)}"
    graph = rows_graph(
        _rows(saved, stored), name=FORMAT.name, source=where, producer=producer, gap=(REASON, REMEDY), ordered=True
    )
    return shards.entered(graph, saved)


def _saved(path: Location, where: str) -> SavedObjects:
    try:
        with on_disk(path).open("rb") as file:
            return saved_objects(memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)))
    except (OSError, ValueError) as error:
        cause = f"its {MODEL} is truncated or not a SavedModel"
        raise UnreadableModel(where, cause, found=str(error)[:100], remedy="copy or save the model again") from error


def _notes(path: Location, saved: SavedObjects, where: str) -> dict[int, str]:
    """What Keras 2 noted of each object: in a file of its own, before TensorFlow 2.5 with the objects."""
    if not path.is_file():
        return {at: each.metadata for at, each in enumerate(saved.objects) if each.metadata and _of_keras(each)}
    try:
        return metadata_of(_content(path, MAX_NOTES, where))
    except ValueError as error:
        raise UnreadableModel(where, f"its {NOTES} is broken", found=str(error)[:100]) from error


def _of_keras(each: SavedObject) -> bool:
    return each.identifier.startswith("_tf_keras_")


def _index(path: Location, where: str) -> Index:
    if not path.is_file():
        return Index({})
    try:
        return read_index(_content(path, MAX_INDEX, where))
    except ValueError as error:
        raise UnreadableModel(where, f"its {INDEX} is broken", found=str(error)[:100]) from error


def _content(path: Location, limit: int, where: str) -> bytes:
    size = path.stat().st_size
    if size > limit:
        raise UnreadableModel(where, f"its {path.name} is implausibly large", found=f"{size:,} bytes")
    return path.read_bytes()


def _check(saved: SavedObjects, stored: Mapping[str, StoredTensor], where: str) -> None:
    """Each variable must be among the tensors that were saved."""
    free = Counter((each.shape, each.dtype) for each in stored.values())
    for path, _, variable in saved.variables():
        if variable.shape is None:
            continue
        kind = variable.shape, variable.dtype
        free[kind] -= 1
        if free[kind] < 0:
            cause = f"its variables hold no tensor for {variable.name or path}"
            found = f"{len(stored):,} tensors, none left with the shape {variable.shape} and type {variable.dtype}"
            raise UnreadableModel(where, cause, found=found, remedy="copy the whole folder, with its variables")


def _noted(saved: SavedObjects, notes: Mapping[int, str], origin: Origin) -> SourceGraph:
    """The model that Keras 2 noted, with its variables."""
    where = origin.source
    model = parse_model(_note(notes[0], where), where, NOTES, "2")
    children = {int(found[1]): at for name, at in saved.objects[0].children.items() if (found := LAYER.fullmatch(name))}
    if not model.wiring:
        children = dict(enumerate(at for name, at in saved.objects[0].children.items() if at in notes and at))
    noted = [at for _, at in sorted(children.items()) if at in notes]
    layers = {at: parse_model(_note(notes[at], where), where, NOTES, "2") for at in noted}
    weights, owned = {}, set()
    for at, layer in layers.items():
        numbers = saved.listed(at, "variables")
        weights[layer.name] = tuple(_stored(saved, number) for number in numbers)
        owned.update(numbers)
    top = tuple(_stored(saved, number) for number in saved.listed(0, "variables") if number not in owned)
    filing = Filing(records_sharing=True)
    whole = model if model.wiring else replace(model, wiring="functional", layers=tuple(layers.values()))
    filing.model(whole, LayerWeights(weights, top, ()))
    if model.wiring:
        graph = build_graph(model, filing.store(), origin)
    else:
        known = {group: layer for layer, group in grouped(whole, "")}
        store = replace(filing.store(), names={group: layer.name for group, layer in known.items()})
        graph = build_tree(model, store, origin, known)
    return replace(graph, gaps=(*graph.gaps, *filing.gaps))


def _note(note: str, where: str) -> Any:
    return _plain(parse_json(note.encode(), NOTES, where))


def _plain(value: Any) -> Any:
    """Keras 2 writes tuples as objects of their own."""
    if isinstance(value, dict):
        if value.get("class_name") == "__tuple__":
            return _plain(value.get("items") or [])
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _stored(saved: SavedObjects, number: int) -> Stored:
    variable = saved.objects[number].variable
    if variable is None or variable.shape is None:
        raise ValueError(f"object {number} is not a variable with a fixed shape")
    return Stored(variable.name, Variable(variable.shape, variable.dtype, f"{OBJECT}{number}"))


def _rows(saved: SavedObjects, stored: Mapping[str, StoredTensor]) -> dict[str, StoredRow]:
    """The variables by the folders of their names, a new row where a name comes again."""
    rows: dict[str, list[tuple[str, Variable]]] = {}
    last: dict[str, str] = {}
    for name, variable in _variables(saved, stored):
        folder, _, slot = name.rpartition("/")
        folder = folder or "variables"
        path = last.setdefault(folder, folder)
        if any(slot == taken for taken, _ in rows.get(path, ())):
            path = last[folder] = f"{folder} ({sum(each.startswith(folder) for each in rows) + 1})"
        rows.setdefault(path, []).append((slot, variable))
    return {path: stored_row(path, found) for path, found in rows.items()}


def _variables(saved: SavedObjects, stored: Mapping[str, StoredTensor]) -> Iterator[tuple[str, Variable]]:
    """Variables in the model's order where it lists them; TensorFlow 1 recorded no objects, only what was stored."""
    for key, tensor in stored.items() if not saved.objects else ():
        if tensor.dtype != "string":
            yield key, Variable(tensor.shape, tensor.dtype, key)
    listed = (
        {number: saved.objects[number].variable for number in saved.listed(0, "variables")} if saved.objects else {}
    )
    found = listed or {number: variable for _, number, variable in saved.variables()}
    trainable = set(saved.listed(0, TRAINABLE)) if saved.of(0, TRAINABLE) is not None else None
    of_keras = bool(saved.objects) and KERAS_3 in saved.objects[0].children
    for number, variable in found.items():
        if variable is not None and variable.shape is not None:
            seed = is_seed(variable.name.rpartition("/")[0], "", variable.shape, variable.dtype)
            # Keras lists what it trains when it exports; the flag of a variable is the one that it was made with, and
            # to freeze a layer changes none.
            made = None if variable.trainable and of_keras else variable.trainable
            trained = number in trainable if trainable is not None else made
            yield variable.name, Variable(variable.shape, variable.dtype, f"{OBJECT}{number}", trained, seed=seed)


def _interface(saved: SavedObjects) -> str:
    """The signature that the model serves."""
    names = [name for name in saved.signatures if not name.startswith("__")]
    first = next((name for name in ("serving_default", *names) if name in saved.signatures), None)
    return f"{first}: {saved.signatures[first]}" if first else "no signature"


FORMAT = Format(
    name="keras-saved-model",
    framework=Framework.KERAS,
    title="TensorFlow SavedModel (folder)",
    suffixes=("/",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    loads=_running.load_saved,
    runs=_running.runs,
)
