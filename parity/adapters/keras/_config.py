"""A Keras model's JSON config as typed records: its layers, and the models among them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.adapters.keras._calls import (
    Call,
    Tensor,
    counted_from_zero,
    ends,
    freeze,
    is_new,
    nothing,
    parse_call,
    table,
    text,
)
from parity.adapters.keras._classes import origin
from parity.errors import UnreadableModel
from parity.kinds import declared

MAX_DEPTH = 250
"""Levels of JSON; a Keras model nested in a model takes four."""
MODEL_KEYS = {"layers", "input_layers", "output_layers"}
OLD = {"1", "2"}
"""Major versions of which a name means something else today."""

HARD_SIGMOID_OF_KERAS_2 = "keras2.hard_sigmoid"
MARSHALLED = "it runs Python code stored in marshalled form, which parity neither decodes nor runs"


@dataclass(frozen=True, slots=True)
class LayerConfig:
    """A layer, operation or model of a config.

    Attributes:
        type: its class name.
        module, registered: where the class is from, as recorded.
        config: its arguments, lists as tuples; of a model only what is not in the fields below.
        shared: identity of the object within the config, where it occurs several times.
        wiring: ``functional`` or ``sequential`` for a model, "" for a layer or a model that defines its own call.
        layers: of a model its layers.
        inputs, outputs: of a functional model its ends, in order, each with its key ("" where it has none).
        unread: why something of it was not read.
        row: the layer that it is a part of, which has a row for both.
        opened: its call was traced and is told by its parts; it stands for a row alone.
    """

    type: str
    name: str
    module: str | None = None
    registered: str | None = None
    config: Mapping[str, Any] = field(default_factory=nothing)
    build: Mapping[str, Any] = field(default_factory=nothing)
    shared: str = ""
    calls: tuple[Call, ...] = ()
    wiring: str = ""
    layers: tuple["LayerConfig", ...] = ()
    inputs: tuple[tuple[str, Tensor], ...] = ()
    outputs: tuple[tuple[str, Tensor], ...] = ()
    unread: str = ""
    row: str = ""
    opened: bool = False

    @property
    def trainable(self) -> bool:
        """Its own flag."""
        return self.config.get("trainable", True) is not False

    @property
    def built_in(self) -> bool:
        """Whether the class is Keras' own."""
        package = (self.module or "").split(".")[0]
        return package in ("keras", "tf_keras") and ">" not in (self.registered or "")

    @property
    def is_declared(self) -> bool:
        """Whether the user says what its class is."""
        return declared(f"{self.module}.{self.type}", self.registered or "") is not None


def parse_json(content: bytes, name: str, where: str) -> Any:
    """Parse a member of the archive.

    Raises:
        UnreadableModel: it is not JSON, or nested too deeply.
    """
    try:
        parsed = json.loads(content)
    except ValueError as error:
        found = f"{len(content)} bytes, {str(error)[:80]}"
        raise UnreadableModel(where, f"its {name} is not JSON", found=found, remedy="save the model again") from error
    except RecursionError as error:
        raise UnreadableModel(where, f"its {name} is nested too deeply") from error
    if _depth_exceeds(parsed, MAX_DEPTH):
        raise UnreadableModel(where, f"its {name} is nested too deeply", found=f"more than {MAX_DEPTH} levels")
    return parsed


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list | tuple)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def parse_model(data: Any, where: str, name: str = "config.json", version: str = "3") -> LayerConfig:
    """The model of a parsed config, which errors call ``name``.

    Args:
        data: the parsed config.
        where: the file.
        name: what the config is called there.
        version: of the Keras that wrote it.

    Raises:
        UnreadableModel: it is no config of a Keras model.
    """
    try:
        return parse_layer(data if version.split(".", maxsplit=1)[0] not in OLD else _in_words_of_keras_3(data))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        cause = f"its {name} does not describe a Keras model"
        raise UnreadableModel(where, cause, found=f"{type(error).__name__}: {str(error)[:100]}") from error


def _in_words_of_keras_3(data: Any) -> Any:
    """A config with the names that meant something else before.

    Up to Keras 2 a hard sigmoid was ``clip(0.2 * x + 0.5, 0, 1)``; Keras 3 divides by 6 under the same name (sources:
    ``keras/activations.py`` of both).
    """
    if isinstance(data, dict):
        return {
            key: HARD_SIGMOID_OF_KERAS_2
            if value == "hard_sigmoid" and str(key).endswith("activation")
            else _in_words_of_keras_3(value)
            for key, value in data.items()
        }
    return [_in_words_of_keras_3(each) for each in data] if isinstance(data, list) else data


def parse_layer(data: dict[str, Any]) -> LayerConfig:
    """A layer with all that is in it; whatever is wrong with it ends in one of Python's own errors."""
    config = _arguments(data)
    wiring = _wiring(data, config)
    lambdas: list[str] = []
    kept = {key: value for key, value in config.items() if not wiring or key not in MODEL_KEYS}
    frozen = {str(key): freeze(value, lambdas) for key, value in kept.items()}
    if data["class_name"] == "Lambda" and not isinstance(frozen.get("function"), dict):
        frozen["function"] = {"lambda": True}  # a list of marshalled code, defaults and closure
        lambdas.append("function")
    kind, module, registered = origin(data, config)
    layer = LayerConfig(
        type=text(kind),
        name=text(data.get("name") or config.get("name") or data["class_name"]),
        module=_text_or_none(module),
        registered=_text_or_none(registered),
        config=frozen,
        build=freeze(table(data.get("build_config")), []),
        shared=str(data.get("shared_object_id") or ""),
        calls=tuple(parse_call(each) for each in data.get("inbound_nodes") or ()),
        wiring=wiring,
        layers=tuple(parse_layer(each) for each in config["layers"]) if wiring else (),
        unread=MARSHALLED if lambdas else "",
    )
    return _wired(layer, config) if wiring == "functional" else layer


def _arguments(data: dict[str, Any]) -> dict[str, Any]:
    config = data.get("config")
    if isinstance(config, list) and data["class_name"] == "Sequential":
        return {"layers": config}  # as Keras wrote it until 2.2
    return config if isinstance(config, dict) else {}


def _wired(model: LayerConfig, config: dict[str, Any]) -> LayerConfig:
    """A functional model with its ends, and with all calls counted from 0.

    Keras 2 counts the calls of a nested model from 1, Keras 3 does so in a model's outputs only.
    """
    inputs, outputs = tuple(ends(config["input_layers"])), tuple(ends(config["output_layers"]))
    layers = model.layers
    if all(is_new(node) for each in config["layers"] for node in each.get("inbound_nodes") or ()):
        shifted = {layer.name: 1 for layer in layers if layer.wiring == "functional"}
    else:
        shifted = _counted_from_one(layers, outputs)
        layers = tuple(replace(layer, calls=_shifted(layer.calls, shifted)) for layer in layers)
    return replace(model, layers=layers, inputs=inputs, outputs=counted_from_zero(outputs, shifted))


def _shifted(calls: Sequence[Call], shifted: Mapping[str, int]) -> tuple[Call, ...]:
    return tuple(replace(each, tensors=counted_from_zero(each.tensors, shifted)) for each in calls)


def _counted_from_one(layers: Sequence[LayerConfig], outputs: Sequence[tuple[str, Tensor]]) -> dict[str, int]:
    """Nested models whose last call has the number of their calls; each call in a model is used in it."""
    last: dict[str, int] = {}
    for _, each in (*outputs, *(pair for layer in layers for call in layer.calls for pair in call.tensors)):
        last[each.layer] = max(last.get(each.layer, 0), each.node)
    return {each.name: 1 for each in layers if each.wiring and each.calls and last.get(each.name) == len(each.calls)}


def _wiring(data: dict[str, Any], config: dict[str, Any]) -> str:
    # By structure, not by name: a user's subclass of Functional is saved under its own name.
    if config.keys() >= MODEL_KEYS:
        return "functional"
    if isinstance(config.get("layers"), list) and (data["class_name"] == "Sequential" or "build_input_shape" in config):
        return "sequential"
    return ""


def _text_or_none(value: Any) -> str | None:
    return None if value is None else text(value)
