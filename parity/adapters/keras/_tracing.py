"""A subclassed Keras model as the functional one that its ``call`` makes of symbolic inputs."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from parity.adapters._formats import Inputs

UNKNOWN_SHAPE = "it does not tell the shapes that it was built with; pass example inputs"
KEPT = ("_inbound_nodes", "_outbound_nodes", "_losses", "_loss_ids")
"""Lists of a layer that a symbolic call changes."""

Traced = tuple[Any | None, str]


@contextmanager
def traced(model: Any, inputs: Inputs | None) -> Iterator[Traced]:
    """Call the model with symbolic inputs, and leave every layer as it was afterwards.

    Args:
        model: a built ``keras.Model`` that defines its own call.
        inputs: example inputs; None for the shapes that it was built with.

    Yields:
        The functional model, or None with the reason why there is none.
    """
    layers = [model, *model._flatten_layers(include_self=False)]  # noqa: SLF001  there is no public way to all layers
    changed = [found for layer in layers for name in KEPT if (found := getattr(layer, name, None)) is not None]
    before = [(found, tuple(found)) for found in changed]
    try:
        with _composites_opened():
            found = _functional(model, inputs)
        yield found
    finally:
        for found, kept in before:
            _restore(found, kept)


def _restore(changed: Any, kept: tuple[Any, ...]) -> None:
    """Give a list or set back what was in it."""
    if [id(each) for each in changed] != [id(each) for each in kept]:
        changed.clear()
        for each in kept:
            changed.add(each) if isinstance(changed, set) else changed.append(each)


def _functional(model: Any, inputs: Inputs | None) -> Traced:
    reason = UNKNOWN_SHAPE
    if not model.built:
        return None, "it is not built; call it once, or give it an input shape"
    for args, kwargs in _arguments(model, inputs):
        try:
            return _made(model, args, kwargs), ""
        except Exception as error:  # noqa: BLE001  its call is a stranger's code
            told = str(error).strip().splitlines()
            reason = f"its call fails with symbolic inputs: {type(error).__name__}: {told[0][:160] if told else ''}"
    return None, reason


def _made(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    import keras

    outputs = model.call(*args, **{**_in_inference(model), **kwargs})
    variables = {id(each) for each in model.variables}
    found = keras.Model([*args, *kwargs.values()], outputs)
    for operation in found.operations:
        for node in operation._inbound_nodes:  # noqa: SLF001  there is no public way to the calls
            for each in keras.tree.flatten((node.arguments.args, node.arguments.kwargs)):
                if id(each) in variables or isinstance(each, keras.Variable):
                    raise ValueError(f"the variable {each.path} is used as it is, outside of any layer")
    return found


def _in_inference(layer: Any, given: int = 0) -> dict[str, bool]:
    """The mode, for code that would take another one if it is not told: Keras tells it in every run."""
    names = [*inspect.signature(layer.call).parameters]
    return {"training": False} if "training" in names[given:] else {}


def _arguments(model: Any, inputs: Inputs | None) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Symbolic inputs of any batch size, and of the batch size that is given."""
    told: Any = inputs
    if told is None:
        shapes = getattr(model, "_build_shapes_dict", None) or {}
        if len(shapes) != 1:
            return
        told = [next(iter(shapes.values()))]
    for free in (True, False):
        if isinstance(told, Mapping):
            yield [], {name: _symbolic(each, free=free) for name, each in told.items()}
        else:
            yield [_symbolic(each, free=free) for each in told], {}


def _symbolic(given: Any, *, free: bool) -> Any:
    """A symbolic tensor, or a structure of them, for a shape, a shape and a type, or an array."""
    import keras

    if isinstance(given, Mapping):
        return {name: _symbolic(each, free=free) for name, each in given.items()}
    shape, dtype = getattr(given, "shape", given), getattr(given, "dtype", None)
    if isinstance(shape, list | tuple) and len(shape) == 2 and isinstance(shape[1], str):  # noqa: PLR2004  shape and type
        shape, dtype = shape
    if isinstance(shape, list | tuple) and any(isinstance(each, list | tuple | Mapping) for each in shape):
        return [_symbolic(each, free=free) for each in shape]
    sizes = tuple(shape)
    kind = keras.backend.standardize_dtype(dtype) if dtype is not None else None
    return keras.Input(batch_shape=(None, *sizes[1:]) if free and sizes else sizes, dtype=kind)


@contextmanager
def _composites_opened() -> Iterator[None]:
    """Let layers of the user's own that are made of other layers be called as the code that they are."""
    from keras.src.layers.layer import Layer

    original: Callable[..., Any] = Layer.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        own = type(self).__module__.split(".")[0] != "keras"
        bare = not (self._trainable_variables or self._non_trainable_variables)
        if own and bare and self._layers and self.built:
            return self.call(*args, **{**_in_inference(self, len(args)), **kwargs})
        return original(self, *args, **kwargs)

    Layer.__call__ = call
    try:
        yield
    finally:
        Layer.__call__ = original
