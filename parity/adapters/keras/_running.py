"""A model runs in Keras, on any backend, and what each layer and operation makes is kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.adapters._running import TRUST, Array, Feed, Ran
from parity.errors import UsageError
from parity.graph import Evidence, SourceGraph

OWN = {"keras", "builtins", ""}
"""Modules that a config may name without code of its author's being run."""


@dataclass(frozen=True)
class Signature:
    """What a SavedModel gives to be called."""

    function: Any
    kept: Any


def load(path: Path, *, trust: bool) -> Any:
    """Load a ``.keras`` or ``.h5`` file; without trust none that holds code.

    Raises:
        UsageError: nobody trusts its code.
    """
    if not trust and (code := _code(_config(path))):
        raise UsageError(f"cannot run {str(path)!r}", "it holds code of its author's own", found=code, remedy=TRUST)
    import keras

    return keras.saving.load_model(str(path), compile=False, safe_mode=not trust)


def load_saved(path: Path, *, trust: bool) -> Signature:
    """Load a SavedModel, whose functions may read and write files.

    Raises:
        UsageError: nobody trusts it, or it can be called in no way, or in several.
    """
    if not trust:
        raise UsageError(f"cannot run {str(path)!r}", "a SavedModel is a program of its author's own", remedy=TRUST)
    import tensorflow as tf

    kept = tf.saved_model.load(str(path))
    known = dict(kept.signatures)
    name = "serving_default" if "serving_default" in known else next(iter(known), "")
    if not name:
        remedy = "export it with model.export(PATH)"
        raise UsageError(f"cannot run {str(path)!r}", "it has no signature that could be called", remedy=remedy)
    return Signature(known[name], kept)


def _config(path: Path) -> Any:
    """The config of a file, as it is read without Keras."""
    from parity.adapters.keras._config import parse_json
    from parity.adapters.keras._isolated import CONFIG, contents

    where = str(path)
    if path.suffix == ".keras":
        import zipfile

        from parity.adapters._zip import read_member
        from parity.adapters.keras import archive

        with zipfile.ZipFile(path) as opened:
            return parse_json(read_member(opened, archive.CONFIG, archive.MAX_JSON, where), archive.CONFIG, where)
    return parse_json(contents(path, where).config.encode(errors="replace"), CONFIG, where)


def _code(config: Any) -> str:
    """The first class or function in a config that is none of Keras' own; "" where there is none."""
    waiting = [config]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            name, module = str(found.get("class_name", "")), str(found.get("module") or "")
            package = str(found.get("package") or "")
            if name in {"Lambda", "__lambda__"} or (name and module.partition(".")[0] not in OWN) or package:
                return f"{module}.{name}" if module else name
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
    return ""


def runs(model: Any, graph: SourceGraph, feed: Feed) -> Ran:
    """Run a live model as it predicts.

    Args:
        model: it.
        graph: the same as it was read.
        feed: what it is called with.
    """
    if isinstance(model, Signature):
        return _run_signature(model, feed)
    import keras

    producer = f"Keras {keras.__version__} on {keras.backend.backend()}"
    types = [graph.values[value].dtype for value in graph.inputs] or [None] * len(feed.arrays)
    tensors = [
        keras.ops.convert_to_tensor(each, dtype or str(each.dtype))
        for each, dtype in zip(feed.arrays, types, strict=True)
    ]
    names = feed.names or ([graph.names_of_inputs[each] for each in graph.inputs] if _by_name(model) else ())
    given = dict(zip(names, tensors, strict=True)) if names else tensors[0] if len(tensors) == 1 else tensors
    with _heard(model) as heard:
        made = model(given, training=False)
    in_order = (
        [made[name] for name in graph.output_names]
        if isinstance(made, dict) and set(graph.output_names) == set(made)
        else keras.tree.flatten(made)
    )
    outputs = [_array(each) for each in in_order]
    if graph.evidence is not Evidence.GRAPH:
        return Ran(producer, outputs, _by_path(heard))
    known = dict(zip(graph.inputs, tensors, strict=True))
    values = {**_by_value(heard, graph, known), **dict(zip(graph.outputs, outputs, strict=False))}
    return Ran(producer, outputs, values)


def _by_name(model: Any) -> bool:
    return isinstance(getattr(model, "_inputs_struct", None), dict)


def _run_signature(model: Signature, feed: Feed) -> Ran:
    import tensorflow as tf

    told = model.function.structured_input_signature[1]
    names = list(feed.names) if set(feed.names) == set(told) else [*told]
    arguments = {
        name: tf.convert_to_tensor(array, told[name].dtype) for name, array in zip(names, feed.arrays, strict=True)
    }
    made = model.function(**arguments)
    return Ran(f"TensorFlow {tf.__version__}", [made[name].numpy() for name in sorted(made)], {})


def _array(tensor: Any) -> Array:
    """A copy; numpy has no narrow floating-point types of its own."""
    import keras

    kind = keras.backend.standardize_dtype(tensor.dtype)
    narrow = kind.startswith(("bfloat", "float8"))
    found = keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32") if narrow else tensor)
    return found.copy()  # type: ignore[no-any-return]  # Keras has no types


@dataclass(frozen=True)
class _Call:
    """A call of a layer: the tensors that came in and those that went out."""

    inputs: Sequence[Any]
    outputs: Sequence[Any]


Heard = Mapping[str, list[_Call]]


@contextmanager
def _heard(model: Any) -> Iterator[Heard]:
    """The calls of all layers and operations by path, while a model runs; models in it are part of the path."""
    import keras
    from keras.src.ops.operation import Operation

    found: dict[str, list[_Call]] = {}
    around: list[Any] = []

    def listening(original: Any) -> Any:
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if (not around and layer is not model) or (around and around[-1] is layer):
                return original(layer, *args, **kwargs)
            around.append(layer)
            try:
                made = original(layer, *args, **kwargs)
                path = "/".join(each.name for each in around[1:])
                tensors = [each for each in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(each)]
                outputs = [each for each in keras.tree.flatten(made) if keras.ops.is_tensor(each)]
            finally:
                around.pop()
            if path:
                found.setdefault(path, []).append(_Call(tensors, outputs))
            return made

        return call

    kept = [(kind, kind.__call__) for kind in (Operation, keras.layers.Layer)]
    for kind, original in kept:
        kind.__call__ = listening(original)
    try:
        yield found
    finally:
        for kind, original in kept:
            kind.__call__ = original


def _by_value(heard: Heard, graph: SourceGraph, tensors: dict[str, Any]) -> dict[str, Array]:
    """What was heard, by the values of the graph that it is.

    Args:
        heard: the calls by path.
        graph: the model as it was read, where a layer may be called several times, in another order.
        tensors: the model's own inputs by value.
    """
    found: dict[str, Array] = {}
    for node in graph.nodes:
        path = node.path.rpartition("@")[0] if node.path not in heard else node.path
        calls = heard.get(path, [])
        given = {id(tensors[each]) for each in node.inputs.values() if each in tensors}
        fitting = [each for each in calls if given <= {id(tensor) for tensor in each.inputs}]
        call = calls[0] if len(calls) == 1 else fitting[0] if len(fitting) == 1 and given else None
        for value, tensor in zip(node.outputs, call.outputs if call is not None else (), strict=False):
            tensors[value] = tensor
            found[value] = _array(tensor)
    return found


def _by_path(heard: Heard) -> dict[str, Array]:
    return {
        f"{path}@{at}" if at > 1 else path: _array(call.outputs[0])
        for path, calls in heard.items()
        for at, call in enumerate(calls, start=1)
        if call.outputs
    }
