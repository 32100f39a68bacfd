"""The calls of a Keras model in an order of execution, nested models opened and wired through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import Any

from parity.adapters.keras._calls import NOTHING, Call, Tensor, is_flag, shape_of
from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._rows import Row, Rows
from parity.adapters.keras._store import natural
from parity.errors import UnreadableModel
from parity.graph import Shape, SourceNode, Value
from parity.kinds import AUGMENTATIONS, CALLED_IN

MAX_NODES = 1_000_000
MAX_FIRST = 40
UNRECORDED = "not recorded in the file"
UNBUILT = "the model is not built"
CONVERSION = "ConvertToTensor"
"""Keras' operation that makes a tensor of a variable."""

_Key = tuple[int, int]
"""A call within a model: the number of the layer and the number of the call."""


class Wiring:
    """Nodes and values, made by going through the calls."""

    def __init__(self, rows: Rows, where: str) -> None:
        """``rows`` are those of the model that ``run`` is given."""
        self.rows = rows
        self.nodes: list[SourceNode] = []
        self.values: dict[str, Value] = {}
        self.inputs: list[str] = []
        self.input_names: list[str] = []
        self._where = where
        self.made: dict[tuple[str, int, int], str] = {}
        self._variables: dict[str, str] = {}
        self._calls = 0
        self._mode: bool | None = None
        self._reason = UNRECORDED

    def run(self, model: LayerConfig) -> list[str]:
        """Go through the whole model; the ids of its outputs."""
        if model.wiring == "functional":
            layers = {layer.name: layer for layer in model.layers}
            for _, end in model.inputs:
                layer = layers.get(end.layer)
                self._input(end.layer, layer.config if layer else NOTHING)
        else:
            first = model.layers[0] if model.layers else LayerConfig("", "")
            if first.type == "InputLayer":
                self._input(first.name, first.config)
            else:
                name = "input" if all(layer.name != "input" for layer in model.layers) else "model_input"
                self._input(name, _first_shape(model))
        return self._model(model, "", [("", each) for each in self.inputs])

    def _input(self, name: str, config: Mapping[str, Any]) -> None:
        shape = shape_of(config.get("batch_shape", config.get("batch_input_shape")))
        dtype = config.get("dtype")
        key = f"{name}:0"
        self.values[key] = Value(shape, dtype if isinstance(dtype, str) else None, "" if shape is not None else UNBUILT)
        if shape is None:
            self._reason = UNBUILT
        self.inputs.append(key)
        self.input_names.append(name)

    def _model(self, model: LayerConfig, prefix: str, inputs: list[tuple[str, str]]) -> list[str]:
        if model.wiring == "functional":
            return self._functional(model, prefix, inputs)
        current = [value for _, value in inputs]
        for index, layer in enumerate(model.layers):
            if index == 0 and layer.type == "InputLayer":
                continue
            self._learn(current[0], shape_of(layer.build.get("input_shape")), None)
            outputs = layer.calls[0].outputs if layer.calls else ()
            call = Call(tuple((str(number), Tensor("", 0, 0)) for number in range(len(current))), NOTHING, outputs)
            current = self._call(layer, prefix + layer.name, call, current, 1)
        return current

    def _functional(self, model: LayerConfig, prefix: str, inputs: list[tuple[str, str]]) -> list[str]:
        plan = _Plan(model, self._where)
        made: dict[tuple[str, int, int], str] = {} if prefix else self.made
        for (_, end), value in zip(model.inputs, self._matched(model, prefix, inputs), strict=True):
            made[end.layer, end.node, end.index] = value
            row = self.rows.rows.get(prefix + end.layer)
            if row:
                row.outputs.append(value)
        for number, index in plan.order():
            layer = model.layers[number]
            call = layer.calls[index]
            arguments = [made[each.layer, each.node, each.index] for _, each in call.tensors]
            for (_, each), value in zip(call.tensors, arguments, strict=True):
                self._learn(value, each.shape, each.dtype)
            count = plan.outputs.get((layer.name, index), 1)
            made_here = self._call(layer, prefix + layer.name, call, arguments, count)
            made.update({(layer.name, index, at): value for at, value in enumerate(made_here)})
        return [made[end.layer, end.node, end.index] for _, end in model.outputs]

    def _matched(self, model: LayerConfig, prefix: str, inputs: list[tuple[str, str]]) -> list[str]:
        """The outer values in the order of a model's inputs: by key where both sides have keys, else by position."""
        keys = [key for key, _ in model.inputs]
        given = {key.rpartition(".")[2]: value for key, value in inputs}
        if all(keys) and set(keys) <= given.keys():
            return [given[key] for key in keys]
        if len(inputs) != len(keys):
            found = f"{len(inputs)} tensors for {len(keys)} inputs"
            raise UnreadableModel(self._where, f"a call of its model {prefix.rstrip('/')!r} does not fit", found=found)
        return [value for _, value in inputs]

    def _call(self, layer: LayerConfig, path: str, call: Call, inputs: list[str], count: int) -> list[str]:
        self._calls += 1
        if self._calls > MAX_NODES:
            raise UnreadableModel(self._where, "it has too many calls once nested models are expanded")
        if layer.wiring in ("functional", "sequential"):
            keyed = [(place, value) for (place, _), value in zip(call.tensors, inputs, strict=True)]
            outer, self._mode = self._mode, self._of(call)
            made = self._model(layer, f"{path}/", keyed)
            self._mode = outer
            self.rows.models[path].outputs.extend(made[:1])
            return made
        row = self.rows.rows.get(layer.row or path) or self.rows.models[path]
        node_path = f"{path}@{len(row.outputs) + 1}" if row.outputs and not layer.row else path
        made = [f"{node_path}:{index}" for index in range(count)]
        self.values.update({value: Value(None, reason=self._reason) for value in made})
        for value, (shape, dtype) in zip(made, call.outputs, strict=False):
            self._learn(value, shape, dtype)
        if not layer.row:
            row.outputs.append(made[0])
        stored: Mapping[str, str] = {place: self.rows.by_variable[each.variable] for place, each in call.stored}
        if _dialect(layer.module or "") == "keras.ops":
            call, inputs, stored = self._as_variables(call, inputs, stored)
            if len(stored) == 1 and not inputs and self._only_converts(layer, call, *stored.values()):
                self._variables[made[0]] = next(iter(stored.values()))
        elif stored:
            call, inputs = self._as_values(call, inputs, row, node_path, stored)
            stored = {}
        self.nodes.append(_node(layer, row, node_path, call, inputs, made, stored, training=self._of(call)))
        return made

    def _only_converts(self, layer: LayerConfig, call: Call, name: str) -> bool:
        """Whether an operation gives a variable as it is: ``convert_to_tensor`` without another type."""
        told = {**layer.config, **call.constants}
        plain = not (told.get("sparse") or told.get("ragged"))
        return layer.type == CONVERSION and plain and told.get("dtype") in {None, self.rows.weights[name].dtype}

    def _as_variables(
        self, call: Call, inputs: list[str], stored: Mapping[str, str]
    ) -> tuple[Call, list[str], Mapping[str, str]]:
        """A call of an operation with variables themselves in the place of what only converts them."""
        given = [(place, end, value) for (place, end), value in zip(call.tensors, inputs, strict=True)]
        kept = [each for each in given if each[2] not in self._variables]
        if len(kept) == len(given):
            return call, inputs, stored
        converted = {place: self._variables[value] for place, _, value in given if value in self._variables}
        tensors = tuple((place, end) for place, end, _ in kept)
        return replace(call, tensors=tensors), [value for *_, value in kept], {**stored, **converted}

    def _as_values(
        self, call: Call, inputs: list[str], row: Row, path: str, stored: Mapping[str, str]
    ) -> tuple[Call, list[str]]:
        """A call of a layer with variables among its arguments, each as the value that an operation makes of it."""
        given = dict(zip((place for place, _ in call.tensors), inputs, strict=True))
        for place, name in stored.items():
            weight = self.rows.weights[name]
            given[place] = value = f"{path}:given-{place}"
            self.values[value] = Value(weight.shape, weight.dtype)
            self.nodes.append(SourceNode(value, row.path, "keras.ops", "Variable", {}, {"0": name}, {}, (value,)))
        places = sorted(given, key=natural)
        return replace(call, tensors=tuple((place, Tensor("", 0, 0)) for place in places)), [given[p] for p in places]

    def _of(self, call: Call) -> bool | None:
        """The mode that is set for a call, by itself or by that of a model around it, which comes first in Keras 3."""
        modes = (call.training, self._mode) if call.lasting else (self._mode, call.training)
        return next((each for each in modes if each is not None), None)

    def _learn(self, value: str, shape: Shape | None, dtype: str | None) -> None:
        """Add what a record tells of a value; a nested model leaves sizes open that its caller knows."""
        known = self.values[value]
        if known.shape is not None and shape is not None and len(shape) == len(known.shape):
            shape = tuple(new if old is None else old for old, new in zip(known.shape, shape, strict=True))
        elif known.shape is not None:
            shape = known.shape
        self.values[value] = Value(shape, known.dtype or dtype, "" if shape is not None else known.reason)


def _node(
    layer: LayerConfig,
    row: Row,
    path: str,
    call: Call,
    inputs: Sequence[str],
    outputs: Sequence[str],
    stored: Mapping[str, str] = NOTHING,
    *,
    training: bool | None = None,
) -> SourceNode:
    dialect = _dialect(layer.module or "")
    operation = dialect == "keras.ops"
    attributes = dict(layer.config)
    constants = {key: value for key, value in call.constants.items() if key != "training" or not is_flag(value)}
    if operation:
        attributes.pop("name", None)
        attributes.update(constants)
    elif constants:
        attributes["__call__"] = constants
    # Augmentations are called with True unless they are told otherwise.
    if training is not None and not operation and (call.lasting or layer.type not in AUGMENTATIONS):
        attributes[CALLED_IN] = training
    if dialect == "keras" and layer.module != "keras.layers" and (layer.module or layer.registered or layer.unread):
        attributes["__module__"] = layer.module
        attributes["__registered_name__"] = layer.registered
    places = tuple(place for place, _ in call.tensors)
    numbers = [str(number) for number in range(len(places))]
    if not stored and places not in (tuple(numbers), tuple(f"0.{number}" for number in numbers)):
        attributes["__inputs__"] = places
    return SourceNode(
        path,
        row.path,
        dialect,
        layer.type,
        dict(zip(places if stored else numbers, inputs, strict=True)),
        {**({} if operation else row.slots), **stored},
        attributes,
        tuple(outputs),
    )


def _dialect(module: str) -> str:
    """Whose vocabulary a class name is from: that of layers, of operations or of the models that Keras ships."""
    if module.startswith(("keras.src.ops", "keras.ops")):
        return "keras.ops"
    return "keras.applications" if module.startswith("keras.src.applications.") else "keras"


def uncalled(layer: LayerConfig | None, row: Row) -> SourceNode:
    """A node that stands for a layer of which no call is known."""
    return _node(layer or LayerConfig(row.type, row.path, "keras.layers"), row, row.path, Call(), (), ())


def _first_shape(model: LayerConfig) -> Mapping[str, Any]:
    """What a Sequential model without an InputLayer tells of its input: Keras 2 noted it with the first layer."""
    config = {"batch_shape": model.config.get("build_input_shape")}
    first = model.layers[0] if model.layers else None
    for _ in range(MAX_FIRST):
        if first is None or config["batch_shape"] is not None:
            break
        shape = first.config.get("batch_shape", first.config.get("batch_input_shape"))
        config = {"batch_shape": shape, "dtype": first.config.get("dtype")}
        first = first.layers[0] if first.layers else None
    return config


class _Plan:
    """The order of a functional model's calls, and how many outputs of each are used."""

    def __init__(self, model: LayerConfig, where: str) -> None:
        self._where = where
        self._numbers = {layer.name: number for number, layer in enumerate(model.layers)}
        self._layers = model.layers
        self._given = {(end.layer, end.node) for _, end in model.inputs}
        self.outputs: dict[tuple[str, int], int] = {}
        for layer in model.layers:
            for call in layer.calls:
                for _, each in call.tensors:
                    self._use(each.layer, each.node, each.index)
        for _, end in model.outputs:
            self._use(end.layer, end.node, end.index)

    def _use(self, layer: str, node: int, index: int) -> None:
        known = layer in self._numbers
        calls = self._layers[self._numbers[layer]].calls if known else ()
        if not known or index < 0 or not ((layer, node) in self._given or 0 <= node < len(calls)):
            found = f"output {index} of call {node} of {layer!r}"
            raise UnreadableModel(self._where, "its wiring names a tensor that no layer produces", found=found)
        if index > MAX_NODES:
            raise UnreadableModel(
                self._where, "its wiring has an implausible index", found=f"output {index} of {layer!r}"
            )
        self.outputs[layer, node] = max(self.outputs.get((layer, node), 1), index + 1)

    def order(self) -> list[_Key]:
        """All calls, producers first, otherwise in the order of the config."""
        users: dict[tuple[str, int], list[_Key]] = {}
        waiting: dict[_Key, int] = {}
        for number, layer in enumerate(self._layers):
            for index, call in enumerate(layer.calls):
                needed = {(each.layer, each.node) for _, each in call.tensors} - self._given
                waiting[number, index] = len(needed)
                for each in needed:
                    users.setdefault(each, []).append((number, index))
        ready = [key for key, count in waiting.items() if not count]
        heapify(ready)
        order = []
        while ready:
            number, index = heappop(ready)
            order.append((number, index))
            for user in users.get((self._layers[number].name, index), ()):
                waiting[user] -= 1
                if not waiting[user]:
                    heappush(ready, user)
        if len(order) < len(waiting):
            raise UnreadableModel(self._where, "its layers form a cycle")
        return order
