"""A Keras model's JSON config as typed records: its layers, their calls and what they are called with."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from parity.errors import UnreadableModel
from parity.graph import Shape

MAX_DEPTH = 250
"""Levels of JSON; a Keras model nested in a model takes four."""
MODEL_KEYS = {"layers", "input_layers", "output_layers"}
MARSHALLED = "it runs Python code that is kept in marshalled form, which is neither decoded nor run"
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as an argument of a call: which output of which call of which layer, and what was recorded of it."""

    layer: str
    node: int
    index: int
    shape: Shape | None = None
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a layer.

    Attributes:
        tensors: the tensors among its arguments in order, each with its place: ``0``, ``0.1`` or a keyword.
        constants: all other arguments that are not None, by place.
        outputs: shapes and types of its outputs, which only a live model tells.
    """

    tensors: tuple[tuple[str, Tensor], ...] = ()
    constants: Mapping[str, Any] = field(default_factory=_nothing)
    outputs: tuple[tuple[Shape | None, str | None], ...] = ()


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
    """

    type: str
    name: str
    module: str | None = None
    registered: str | None = None
    config: Mapping[str, Any] = field(default_factory=_nothing)
    build: Mapping[str, Any] = field(default_factory=_nothing)
    shared: str = ""
    calls: tuple[Call, ...] = ()
    wiring: str = ""
    layers: tuple["LayerConfig", ...] = ()
    inputs: tuple[tuple[str, Tensor], ...] = ()
    outputs: tuple[tuple[str, Tensor], ...] = ()
    unread: str = ""

    @property
    def trainable(self) -> bool:
        """Its own flag."""
        return self.config.get("trainable", True) is not False

    @property
    def built_in(self) -> bool:
        """Whether the class is Keras' own."""
        return self.module is not None and self.module.split(".")[0] == "keras" and ">" not in (self.registered or "")


def parse_json(content: bytes, name: str, where: str) -> Any:
    """Parse a member of the archive.

    Raises:
        UnreadableModel: it is no JSON, or nested beyond reason.
    """
    try:
        parsed = json.loads(content)
    except ValueError as error:
        found = f"{len(content)} bytes, {str(error)[:80]}"
        raise UnreadableModel(where, f"its {name} is not JSON", found=found, remedy="save the model again") from error
    except RecursionError as error:
        raise UnreadableModel(where, f"its {name} is nested beyond reason") from error
    if _depth_exceeds(parsed, MAX_DEPTH):
        raise UnreadableModel(where, f"its {name} is nested beyond reason", found=f"more than {MAX_DEPTH} levels")
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


def parse_model(data: Any, where: str) -> LayerConfig:
    """The model of a parsed ``config.json``.

    Raises:
        UnreadableModel: it is no config of a Keras model.
    """
    try:
        return parse_layer(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        cause = "its config.json does not describe a Keras model"
        raise UnreadableModel(where, cause, found=f"{type(error).__name__}: {str(error)[:100]}") from error


def parse_layer(data: dict[str, Any]) -> LayerConfig:
    """A layer with all that is in it; whatever is wrong with it ends in one of Python's own errors."""
    raw = data.get("config")
    config: dict[str, Any] = raw if isinstance(raw, dict) else {}
    wiring = _wiring(data, config)
    lambdas: list[str] = []
    kept = {key: value for key, value in config.items() if not wiring or key not in MODEL_KEYS}
    frozen = {str(key): _freeze(value, lambdas) for key, value in kept.items()}
    if data["class_name"] == "Lambda" and not isinstance(frozen.get("function"), dict):
        frozen["function"] = {"lambda": True}  # a list of marshalled code, defaults and closure
        lambdas.append("function")
    ends = wiring == "functional"
    layers = tuple(parse_layer(each) for each in config["layers"]) if wiring else ()
    if ends and any(isinstance(node, list) for each in config["layers"] for node in each.get("inbound_nodes") or ()):
        layers = tuple(_calls_from_zero(layers))
    return LayerConfig(
        type=_text(data["class_name"]),
        name=_text(data.get("name") or config.get("name") or data["class_name"]),
        module=_text_or_none(data.get("module")),
        registered=_text_or_none(data.get("registered_name")),
        config=frozen,
        build=_freeze(data.get("build_config") or {}, []),
        shared=str(data.get("shared_object_id") or ""),
        calls=tuple(parse_call(each) for each in data.get("inbound_nodes") or ()),
        wiring=wiring,
        layers=layers,
        inputs=tuple(_ends(config["input_layers"])) if ends else (),
        outputs=tuple(_counted_from_zero(_ends(config["output_layers"]), layers)) if ends else (),
        unread=MARSHALLED if lambdas else "",
    )


def _wiring(data: dict[str, Any], config: dict[str, Any]) -> str:
    # By structure, not by name: a user's subclass of Functional is saved under its own name.
    if config.keys() >= MODEL_KEYS:
        return "functional"
    if isinstance(config.get("layers"), list) and (data["class_name"] == "Sequential" or "build_input_shape" in config):
        return "sequential"
    return ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a name is {value!r}")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _freeze(value: Any, lambdas: list[str]) -> Any:
    """Lists as tuples, without marshalled code and without the identities of objects in some process."""
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__":
            lambdas.append("__lambda__")
            return {"lambda": True}
        return {str(key): _freeze(each, lambdas) for key, each in value.items() if key != "shared_object_id"}
    if isinstance(value, list | tuple):
        return tuple([_freeze(each, lambdas) for each in value])
    return value


def parse_call(node: Any) -> Call:
    """A call as Keras 3 writes it, or as Keras 2 did."""
    tensors: list[tuple[str, Tensor]] = []
    constants: dict[str, Any] = {}
    if isinstance(node, dict):
        for position, value in enumerate(node["args"]):
            _collect(str(position), value, tensors, constants)
        for key, value in node["kwargs"].items():
            _collect(key, value, tensors, constants)
        return Call(tuple(tensors), constants)
    for position, each in enumerate(node):  # Keras 2: [[layer, node, tensor, keyword arguments], ...]
        place = str(position) if len(node) == 1 else f"0.{position}"
        tensors.append((place, Tensor(_text(each[0]), int(each[1]), int(each[2]))))
        for key, value in (each[3] if len(each) > 3 else {}).items():  # noqa: PLR2004  the optional fourth
            _collect(key, value, tensors, constants)
    return Call(tuple(tensors), constants)


def _collect(place: str, value: Any, tensors: list[tuple[str, Tensor]], constants: dict[str, Any]) -> None:
    if not _holds_tensor(value):
        if value is not None:
            constants[place] = _freeze(value, [])
    elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        spec = value["config"]
        name, node, index = spec["keras_history"]
        tensors.append((place, Tensor(_text(name), int(node), int(index), shape_of(spec["shape"]), spec.get("dtype"))))
    elif isinstance(value, dict):
        for key in sorted(value):  # as Keras flattens dicts
            _collect(f"{place}.{key}", value[key], tensors, constants)
    else:
        for position, each in enumerate(value):
            _collect(f"{place}.{position}", each, tensors, constants)


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("class_name") == "__keras_tensor__" or any(_holds_tensor(each) for each in value.values())
    return isinstance(value, list | tuple) and any(_holds_tensor(each) for each in value)


def _ends(structure: Any, key: str = "") -> Iterator[tuple[str, Tensor]]:
    if isinstance(structure, dict):
        for each in sorted(structure):
            yield from _ends(structure[each], each)
    elif isinstance(structure, list | tuple) and len(structure) == 3 and isinstance(structure[0], str):  # noqa: PLR2004  [layer, node, tensor]
        yield key, Tensor(structure[0], int(structure[1]), int(structure[2]))
    elif isinstance(structure, list | tuple):
        for each in structure:
            yield from _ends(each, key)
    else:
        raise TypeError(f"an input or output is {structure!r}")


def _calls_from_zero(layers: Sequence[LayerConfig]) -> Iterator[LayerConfig]:
    """Layers as Keras 2 wrote them, which counted the calls of functional models from 1 in arguments, too."""
    for layer in layers:
        calls = (replace(each, tensors=tuple(_counted_from_zero(each.tensors, layers))) for each in layer.calls)
        yield replace(layer, calls=tuple(calls))


def _counted_from_zero(
    ends: Iterable[tuple[str, Tensor]], layers: Sequence[LayerConfig]
) -> Iterator[tuple[str, Tensor]]:
    """A model's outputs, where Keras counts the calls of functional models from 1 though from 0 everywhere else."""
    functional = {layer.name for layer in layers if layer.wiring == "functional"}
    for key, end in ends:
        shift = end.layer in functional and end.node > 0
        yield key, replace(end, node=end.node - 1) if shift else end


def shape_of(value: Any) -> Shape | None:
    """A recorded shape, or None if it is none."""
    if not isinstance(value, list | tuple):
        return None
    if not all(each is None or (isinstance(each, int) and not isinstance(each, bool)) for each in value):
        return None
    return tuple(value)
