"""A Keras model's config alone, as ``model.to_json()`` gives it: wiring and hyperparameters, no weights."""

from dataclasses import replace

from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters.keras._config import parse_json, parse_model
from parity.adapters.keras._graph import Origin, build_graph
from parity.adapters.keras._store import Store
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, SourceGraph
from parity.store import TensorStore

MAX_JSON = 64 << 20
NO_WEIGHTS = "a config holds no weights"
COMPUTED = "(config, counts from formulas)"


def recognise(probe: Probe) -> bool:
    """JSON text that begins with a class and its config, as Keras writes it."""
    return probe.head.lstrip()[:1] == b"{" and b'"class_name"' in probe.head


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  the config holds its input shapes
    """Read the config, and compute what it does not hold: the shapes of the weights.

    Raises:
        UnreadableModel: it is no config of a Keras model, or of one that defines its own call.
    """
    from parity.adapters.keras._formulas import computed_store  # the kinds are not for those who read other files

    where = str(path)
    size = path.stat().st_size
    if size > MAX_JSON:
        raise UnreadableModel(where, "the config is implausibly large", found=f"{size:,} bytes")
    data = parse_json(path.read_bytes(), "config", where)
    version = str(data.get("keras_version", ""))[:40] if isinstance(data, dict) else ""
    model = parse_model(data, where, "config", version)
    if not model.wiring:
        cause = f"its class {model.type} defines its own call, which a config does not contain"
        raise UnreadableModel(where, cause, remedy="save the whole model as .keras, or pass it live")
    origin = Origin(FORMAT.name, where, f"{version} {COMPUTED}".strip())
    bare = build_graph(model, Store({}, {}, notes_builds=False), origin)
    try:
        store, gaps = computed_store(model, bare)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        cause = "the settings of its layers contradict each other"
        raise UnreadableModel(where, cause, found=f"{type(error).__name__}: {str(error)[:100]}") from error
    graph = build_graph(model, replace(store, notes_builds=False), origin)
    counted = {gap.where for gap in gaps}
    told = [*(gap for gap in graph.gaps if gap.where not in counted), *gaps]
    return replace(graph, gaps=tuple(told), store=TensorStore(where, {}, NO_WEIGHTS, "save the whole model as .keras"))


FORMAT = Format(
    name="keras-config",
    framework=Framework.KERAS,
    title="Keras config (to_json)",
    suffixes=(".json",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
)
