"""The `.keras` archive: a zip with the model's config as JSON and its weights as HDF5, read without Keras."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from parity.adapters._archive import Archive
from parity.adapters._bytes import File, opened
from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters._zip import BROKEN, read_member
from parity.adapters.keras import _running
from parity.adapters.keras._config import parse_json, parse_model
from parity.adapters.keras._graph import Origin, build_graph
from parity.adapters.keras._isolated import read_store
from parity.adapters.keras._numbers import hdf5_store
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, SourceGraph
from parity.store import Absent

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
MAX_JSON = 64 << 20


def recognise(probe: Probe) -> bool:
    """A zip that holds a Keras config, or one that is named as if it did, so that its fault can be told."""
    if not probe.head.startswith(b"PK"):
        return False
    return probe.path.suffix == ".keras" or {CONFIG, METADATA} <= set(probe.members)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the file holds its input shapes
    """Read config, metadata and the shapes of the weights.

    Raises:
        UnreadableModel: the archive is broken, or config and weights do not make a model.
    """
    where = str(path)
    file = File.at(path)
    with _opened(path, where) as archive:
        members = archive.namelist()
        if CONFIG not in members:
            found = ", ".join(members[:3]) or "an empty archive"
            raise UnreadableModel(where, f"the archive has no {CONFIG}", found=found, remedy="save it as .keras")
        doubled = next((name for name in (CONFIG, METADATA, WEIGHTS) if members.count(name) > 1), "")
        if doubled:
            cause = (
                f"the archive holds {doubled} {members.count(doubled)} times, and it is not known which of them counts"
            )
            raise UnreadableModel(where, cause, remedy="save the model again")
        version = _version(archive, where) if METADATA in members else ""
        config = parse_json(read_member(archive, CONFIG, MAX_JSON, where), CONFIG, where)
        model = parse_model(config, where, version=version)
        if WEIGHTS not in members:
            raise UnreadableModel(
                where, f"the archive has no {WEIGHTS}", found=", ".join(members[:4]), remedy="save the model again"
            )
        held = Archive(file.whole(), archive.infolist()).member(WEIGHTS)
    try:
        with opened(held.located()) as weights:
            store = read_store(weights, where, names=not model.wiring)
    except Absent as error:
        raise UnreadableModel(where, error.cause, found=error.found, remedy=error.remedy) from error
    graph = build_graph(model, store, Origin(FORMAT.name, where, version))
    return replace(graph, store=hdf5_store(held, where, graph.weights))


@contextmanager
def _opened(path: Location, where: str) -> Iterator[zipfile.ZipFile]:
    with path.open("rb") as content:
        try:
            archive = zipfile.ZipFile(content)
        except BROKEN as error:
            cause, found = "the zip archive is truncated or broken", f"{path.stat().st_size:,} bytes"
            raise UnreadableModel(where, cause, found=found, remedy="copy or save the model again") from error
        with archive:
            yield archive


def _version(archive: zipfile.ZipFile, where: str) -> str:
    metadata = parse_json(read_member(archive, METADATA, MAX_JSON, where), METADATA, where)
    return str(metadata.get("keras_version", ""))[:40] if isinstance(metadata, dict) else ""


FORMAT = Format(
    name="keras-archive",
    framework=Framework.KERAS,
    title="Keras archive (.keras)",
    suffixes=(".keras",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    loads=_running.load,
    runs=_running.runs,
)
