"""A live `keras.Model` on any backend: the config and variables that its file would hold, with nothing saved."""

import inspect
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from parity.adapters._formats import Format, Inputs
from parity.adapters.keras import _running
from parity.adapters.keras._altered import altered
from parity.adapters.keras._calls import Call, Tensor, parse_call
from parity.adapters.keras._config import LayerConfig, parse_layer
from parity.adapters.keras._graph import Origin, build_graph, build_tree
from parity.adapters.keras._live_arguments import as_config
from parity.adapters.keras._live_values import Live
from parity.adapters.keras._own_code import (
    declared_attributes,
    has_own_code,
    is_wired_model,
    keras_class,
    wired_as_its_config_says,
)
from parity.adapters.keras._rows import UNCALLED
from parity.adapters.keras._store import Store, Variable, is_seed, without_optimizer
from parity.adapters.keras._symbolic_inputs import keyed
from parity.adapters.keras._traced import flat
from parity.adapters.keras._tracing import Trace, traced
from parity.errors import UnreadableModel
from parity.graph import ONLY_TRAINED, Evidence, Framework, Gap, Shape, SourceGraph
from parity.store import TensorStore

SEED = "seed_generator_state"
HIDDEN = "the code of {} does something else in training, which parity does not read"
REMEDY = "pass example inputs, or rebuild it as a functional model"


def recognise(obj: Any) -> bool:
    """Whether it is a Keras 3 model, told by its classes' names so that Keras is not imported for other objects."""
    return _is_a(obj, "Model")


def read(obj: Any, inputs: Inputs | None = None) -> SourceGraph:
    """Read the model's layers, calls and variables; values of variables are not looked at.

    A model that defines its own call is called with symbolic inputs, of the shapes that it was built with or of the
    given ones. Where its code does not bear that, its layers are listed without wiring.

    Raises:
        UnreadableModel: this release of Keras keeps its models in another way.
    """
    import keras

    version = str(keras.__version__)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of lambdas in a config that is to be saved
            return _read(obj, inputs, Origin(FORMAT.name, str(obj.name), version))
    except (AttributeError, ImportError) as error:
        cause = f"models of Keras {version} do not have the expected structure: {error}"
        raise UnreadableModel(str(obj.name), cause, remedy="save it as .keras and read the file") from error


def sized(obj: Any, shapes: Sequence[Shape]) -> SourceGraph:
    """Read a model for inputs of these shapes, as far as its code is traced.

    Raises:
        UnreadableModel: as ``read``.
    """
    return read(obj, shapes if is_wired_model(obj) else None)


def _read(model: Any, inputs: Inputs | None, origin: Origin) -> SourceGraph:
    config = _model(model)
    reason = ""
    if not config.wiring or has_own_code(model):
        with _same_names_afterwards():
            trace, reason = traced(model, inputs)
            if trace is not None:
                return _of_trace(model, config, trace, origin)
    if config.wiring:
        store = _record({"": model}, model)
        return _with_values(build_graph(config, store, origin), store)
    tree = _tree(model, config, origin)
    return replace(tree, gaps=(Gap(config.name, f"its wiring was not traced: {reason}", REMEDY), *tree.gaps[1:]))


def _of_trace(model: Any, config: LayerConfig, trace: Trace, origin: Origin) -> SourceGraph:
    found = flat(trace, model, config, _layer)
    store = _record({**found.parts, UNCALLED: model}, model)
    graph = _with_values(build_graph(found.model, store, origin, found.places, found.opened), store)
    kind = "" if config.wiring else f"subclassed {config.type}, traced"
    graph = replace(graph, producer=origin.producer(kind)) if kind else graph
    if not trace.hidden:
        return graph
    gap = Gap(ONLY_TRAINED, HIDDEN.format(", ".join(trace.hidden)), "what it computes in inference is compared")
    return replace(graph, gaps=(*graph.gaps, gap))


def _tree(model: Any, config: LayerConfig, origin: Origin) -> SourceGraph:
    store = _record({"": model}, model)
    own = {layer.name: layer for layer in model.layers}
    known = {group: _layer(own[name]) for group, name in store.names.items() if name in own}
    return _with_values(build_tree(config, store, origin, known), store)


def _with_values(graph: SourceGraph, store: Store) -> SourceGraph:
    """The graph, with the variables of the model behind its weights: they are read as they are when they are read."""
    found = {name: Live(store.live[each.storage]) for name, each in graph.weights.items() if each.storage in store.live}
    reason = "the live model has no variable of that name"
    values = TensorStore(graph.source, found, reason, "pass a model that has been built", live=True)
    return replace(graph, store=values)


def _is_a(obj: Any, name: str) -> bool:
    return any(each.__name__ == name and each.__module__.split(".")[0] == "keras" for each in type(obj).__mro__)


def _model(model: Any) -> LayerConfig:
    if _is_a(model, "Functional") and wired_as_its_config_says(model):
        return _functional(model)
    if _is_a(model, "Sequential") and wired_as_its_config_says(model):
        return _sequential(model)
    return replace(_bare(model), shared=str(id(model)))


def _functional(model: Any) -> LayerConfig:
    history = _History(model)
    ends = (model._inputs_struct, model._outputs_struct)  # noqa: SLF001  there is no public way to their structure
    inputs, outputs = ([(key, history.of(tensor)) for key, tensor in keyed(each)] for each in ends)
    return replace(
        _bare(model),
        wiring="functional",
        layers=tuple(replace(_layer(each), calls=tuple(history.calls(each))) for each in model.operations),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )


def _sequential(model: Any) -> LayerConfig:
    functional = model._functional  # noqa: SLF001  there is no public way to the shapes between the layers
    history = _History(functional) if functional is not None else None
    layers = []
    for each in model._flatten_layers(include_self=False, recursive=False):  # noqa: SLF001  `layers` hides the input
        calls = tuple(history.calls(each)) if history else ()
        layers.append(replace(_layer(each), calls=calls[:1]))
    bare = _bare(model)
    config = {**bare.config, "build_input_shape": model.input_shape} if functional is not None else bare.config
    return replace(bare, config=config, wiring="sequential", layers=tuple(layers))


def _bare(layer: Any) -> LayerConfig:
    """What every layer tells of itself, whether or not it has a config."""
    config = {"name": layer.name, "trainable": layer.trainable}
    kind = type(layer)
    models = {"Functional", "Sequential"}
    wired = any(_is_a(layer, each) for each in models) and wired_as_its_config_says(layer)
    return LayerConfig(kind.__name__, layer.name, "keras" if wired else kind.__module__, config=config)


def _layer(layer: Any) -> LayerConfig:
    if (_is_a(layer, "Functional") or _is_a(layer, "Sequential")) and wired_as_its_config_says(layer):
        return replace(_model(layer), shared=str(id(layer)))
    try:
        found = parse_layer(_serialized(layer))
    except Exception as error:  # noqa: BLE001  a layer's get_config is a stranger's code
        reason = f"its configuration cannot be read: {type(error).__name__}: {str(error)[:100]}"
        return replace(_bare(layer), shared=str(id(layer)), unread=reason)
    if reason := altered(layer) if found.built_in else "":
        found = replace(found, module="", registered=None, unread=reason)
    config = {**declared_attributes(layer), **found.config}
    return replace(found, config=config, name=layer.name, shared=str(id(layer)))


def _serialized(layer: Any) -> dict[str, Any]:
    """A layer's config as a file has it; as one of Keras' own where its class changes nothing of what that does."""
    import keras

    kind = keras_class(type(layer))
    if kind is not None and not _own_arguments(kind):
        policy = keras.saving.serialize_keras_object(layer.dtype_policy)
        config = {"name": layer.name, "trainable": layer.trainable, "dtype": policy}
        return {"module": "keras.layers", "class_name": kind.__name__, "config": config, "registered_name": None}
    if kind is None or kind is type(layer):
        return dict(keras.saving.serialize_keras_object(layer))
    config = keras.saving.serialize_keras_object(kind.get_config(layer))  # type: ignore[attr-defined]  # a layer's class
    return {"module": "keras.layers", "class_name": kind.__name__, "config": config, "registered_name": None}


def _own_arguments(kind: type) -> bool:
    """Whether a layer of this class is made with settings other than those of all layers."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]  # type: ignore[misc]  # its own
    return not issubclass(kind, _base()) or any(each.kind is not each.VAR_KEYWORD for each in parameters)


def _base() -> type:
    import keras

    return keras.layers.Layer  # type: ignore[no-any-return]  # Keras has no types


class _History:
    """The calls that belong to a functional model: layers may have been called outside of it as well."""

    def __init__(self, model: Any) -> None:
        self._kept = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}  # noqa: SLF001  as above

    def calls(self, operation: Any) -> Iterator[Call]:
        """The calls of a layer in the model."""
        for node in self._nodes(operation):
            if not node.input_tensors:
                continue
            arguments = node.arguments
            data = {"args": as_config(arguments.args, self.of), "kwargs": as_config(arguments.kwargs, self.of)}
            outputs = tuple((tuple(each.shape), str(each.dtype)) for each in node.output_tensors)
            yield replace(parse_call(data), outputs=outputs)

    def of(self, tensor: Any) -> Tensor:
        """Where a tensor comes from."""
        operation, number, index = tensor._keras_history  # noqa: SLF001  as above
        before = operation._inbound_nodes[:number]  # noqa: SLF001  as above
        position = sum(id(node) in self._kept for node in before)
        return Tensor(operation.name, position, index, tuple(tensor.shape), str(tensor.dtype))

    def _nodes(self, operation: Any) -> list[Any]:
        return [node for node in operation._inbound_nodes if id(node) in self._kept]  # noqa: SLF001  as above


def _record(parts: Mapping[str, Any], model: Any) -> Store:
    """Go through a model as saving does, writing down what would be stored instead of storing it.

    Args:
        parts: layers, or variables, by the group that they are stored in. In the group of what is not called only
            those are listed that are in no group before.
        model: the whole, which tells what is trained.
    """
    import keras
    from keras.src.saving import saving_lib

    trainable = {id(variable) for variable in model.trainable_variables}
    groups: dict[str, dict[str, Variable]] = {}
    names: dict[str, str] = {}
    storages: dict[int, str] = {}
    values: dict[str, Any] = {}

    class Recorder(saving_lib.H5IOStore):  # type: ignore[misc]  # saving accepts no other class
        def __init__(self) -> None:  # the base class would open a file
            self.group = ""

        def __bool__(self) -> bool:
            return True

        def make(self, path: str, metadata: dict[str, str] | None = None) -> "Recorder":
            self.group = path
            if metadata and not path.startswith(UNCALLED):
                names[path] = metadata.get("name", "")
                groups.setdefault(path, {})
            return self

        def __setitem__(self, key: str, value: Any) -> None:
            group = self.group
            if group.startswith(UNCALLED) and id(value) in storages:
                return
            storage = storages.setdefault(id(value), f"{group}/vars/{key}" if group else f"vars/{key}")
            shape, dtype = tuple(int(each) for each in value.shape), keras.backend.standardize_dtype(value.dtype)
            seed = id(value) in seeds or is_seed(group, names.get(group, ""), shape, dtype)
            found = Variable(shape, dtype, storage, id(value) in trainable, seed=seed, identity=id(value))
            groups.setdefault(group, {})[key] = found
            values.setdefault(storage, value)
            alive.append(value)

    alive: list[Any] = []  # an identity is only good while its object lives
    seeds: set[int] = set()
    with _same_names_afterwards():
        for group, part in parts.items():
            if isinstance(part, tuple):
                seeds.update(id(each) for each in part if each.name == SEED)
                _list(part, Recorder().make(group))
            else:
                saving_lib._save_state(part, Recorder(), None, group, set())  # noqa: SLF001  the one source of the groups' names
    return without_optimizer(Store(groups, names, live=values))


def _list(variables: Iterable[Any], store: Any) -> None:
    """Variables by their own names, as code that adds them calls them."""
    names: set[str] = set()
    for at, each in enumerate(variables):
        name = each.name.replace("/", "_")
        name = f"{name}_{at}" if name in names else name
        names.add(name)
        store[name] = each


@contextmanager
def _same_names_afterwards() -> Iterator[None]:
    """Saving makes objects for its own use, which would count in the names of the user's next ones."""
    from keras.src.backend.common import global_state

    key = "object_name_uids"
    before = global_state.get_global_attribute(key)
    kept = before.copy() if before is not None else None
    try:
        yield
    finally:
        global_state.set_global_attribute(key, kept)


FORMAT = Format(
    name="keras-live",
    framework=Framework.KERAS,
    title="live keras.Model",
    suffixes=(),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    live=True,
    sized=sized,
    runs=_running.runs,
)
