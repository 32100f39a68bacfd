"""A whole model in HDF5, as Keras 1 to 3 write it: the config as JSON in an attribute, the weights in groups."""

from dataclasses import replace

from parity.adapters._bytes import File
from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.keras import _running
from parity.adapters.keras._config import LayerConfig, parse_json, parse_model
from parity.adapters.keras._filing import Filing
from parity.adapters.keras._graph import Origin, build_graph
from parity.adapters.keras._h5 import MODEL_WEIGHTS, SIGNATURE
from parity.adapters.keras._isolated import CONFIG, Contents, contents
from parity.adapters.keras._numbers import hdf5_store
from parity.adapters.keras._store import slot_weights
from parity.adapters.keras._weights import holds_weights_only
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, Gap, SourceGraph

KERAS_1 = "keras.v1"
"""The module of layers whose settings have other names and meanings than today's."""
OLD_SETTINGS = Gap(
    "settings",
    "it was written by Keras 1, whose layers have differently named settings, which parity does not read",
    "load it with Keras 2 and save it again",
    "attributes",
)


def recognise(probe: Probe) -> bool:
    """Any HDF5 file but one with weights only, so that the fault of a broken one can be told."""
    return probe.head.startswith(SIGNATURE) and not holds_weights_only(probe.path)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the file holds its input shapes
    """Read the config and the names and shapes of the weights.

    Raises:
        UnreadableModel: the file is broken, or config and weights do not make a model.
    """
    where, file = str(path), File.at(path)
    found = contents(path, where)
    model, version = _model(found, where)
    if MODEL_WEIGHTS not in found.members or found.weights is None:
        raise UnreadableModel(where, f"the file has no group {MODEL_WEIGHTS}", remedy="save the model again")
    filing = Filing(records_sharing=not version.startswith("3"))
    if version.startswith("1"):
        model = _of_keras_1(model)
        filing.gaps.append(OLD_SETTINGS)
    filing.model(model, found.weights)
    graph = build_graph(model, filing.store(), Origin(FORMAT.name, where, f"{version} (h5)"))
    store = hdf5_store(file.whole(), where, graph.weights)
    return replace(graph, gaps=(*graph.gaps, *filing.gaps), beside=slot_weights(found.slots), store=store)


def _model(file: Contents, where: str) -> tuple[LayerConfig, str]:
    """The parsed config, and the version of Keras that wrote it: 1 did not say."""
    if not file.config:
        found = ", ".join(file.members[:3]) or "an empty file"
        remedy = "save the whole model, or pass a file of weights saved by Keras"
        raise UnreadableModel(
            where, f"the file has neither a {CONFIG} nor weights by layer", found=found, remedy=remedy
        )
    version = file.version or "1"
    return parse_model(parse_json(file.config.encode(errors="replace"), CONFIG, where), where, CONFIG, version), version


def _of_keras_1(model: LayerConfig) -> LayerConfig:
    layers = tuple(_of_keras_1(each) for each in model.layers)
    module = KERAS_1 if model.built_in and not model.wiring and model.type != "InputLayer" else model.module
    return replace(model, layers=layers, module=module)


FORMAT = Format(
    name="keras-h5",
    framework=Framework.KERAS,
    title="Keras model in HDF5 (.h5)",
    suffixes=(".h5", ".hdf5"),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    loads=_running.load,
    runs=_running.runs,
)
