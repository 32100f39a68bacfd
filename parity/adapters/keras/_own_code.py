"""Which live layers are code of the user's own, and which of Keras' classes tells what a layer does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from typing import Any

from parity.adapters._declared import told
from parity.kinds import declared

PACKAGE = "keras"
BASES = frozenset(("Layer", "Model", "Functional", "Sequential", "Operation", "Wrapper", "RNN"))
"""Keras' classes that leave it to their subclasses what they do."""

NEUTRAL = frozenset(
    ("__init__", "__new__", "get_config", "from_config", "__module__", "__doc__", "__qualname__", "__annotations__")
) | {"__firstlineno__", "__static_attributes__", "__dict__", "__weakref__", "__signature__", "__annotate_func__"}
"""What a subclass may define without changing what its layers compute."""

CALLS = frozenset(("call", "__call__"))
"""What a class defines to be called in a way of its own."""

LAST = frozenset(("Activation", "Dense", "EinsumDense")) | {
    f"{name}{rank}D{suffix}"
    for name, suffix in (("Conv", ""), ("Conv", "Transpose"), ("DepthwiseConv", ""), ("SeparableConv", ""))
    for rank in (1, 2, 3)
}
"""Keras' layers whose ``activation`` is the last that they do."""


def is_keras(kind: type) -> bool:
    """Whether a class is Keras' own."""
    return kind.__module__.split(".")[0] == PACKAGE


def is_declared(kind: type) -> bool:
    """Whether the user says what a class of theirs is, so that nobody looks at its code."""
    return not is_keras(kind) and declared(*_names(kind)) is not None


def declared_attributes(layer: Any) -> dict[str, Any]:
    """What a layer of a declared class has of what its declaration reads; nothing for others."""
    said = None if is_keras(type(layer)) else declared(*_names(type(layer)))
    return told(layer, said.reads) if said is not None else {}


def _names(kind: type) -> tuple[str, str]:
    import keras

    return f"{kind.__module__}.{kind.__name__}", keras.saving.get_registered_name(kind)


def keras_class(kind: type) -> type | None:
    """The class of Keras that tells what a layer computes: its own, or that which it changes nothing of.

    None where its class defines that itself.
    """
    if is_keras(kind):
        return kind
    first = next((each for each in kind.__mro__ if is_keras(each)), None)
    if first is None or first.__name__ in BASES:
        return None
    own = kind.__mro__[: kind.__mro__.index(first)]
    changed = (name for each in own for name in vars(each) if name not in NEUTRAL and hasattr(first, name))
    return first if not any(changed) and all(issubclass(each, first) for each in own) else None


def wired_as_its_config_says(model: Any) -> bool:
    """Whether a functional or sequential model leaves it to Keras how it is called."""
    return not {*CALLS, "_run_through_graph", "operations", "layers"}.intersection(_defined(model))


def is_called_as_wired(model: Any) -> bool:
    """Whether a class leaves it to Keras what its models are called with."""
    return CALLS.isdisjoint(_defined(model))


def _defined(model: Any) -> Iterator[str]:
    """What classes of the user's own define before Keras does."""
    own = takewhile(lambda each: not is_keras(each), type(model).__mro__)
    return (name for each in own for name in vars(each))


def own_activation(layer: Any) -> Callable[..., Any] | None:
    """The Python function that one of Keras' layers applies last, where that is none of Keras' own."""
    kind = keras_class(type(layer))
    found = getattr(layer, "activation", None)
    if kind is None or kind.__name__ not in LAST or found is None or not callable(found):
        return None
    return found if isinstance(found, partial) or not _is_kerases(found) else None


def _is_kerases(function: Any) -> bool:
    kind = function if isinstance(function, type) or hasattr(function, "__qualname__") else type(function)
    return str(getattr(kind, "__module__", "") or "").split(".")[0] == PACKAGE


def is_own(layer: Any) -> bool:
    """Whether a layer is code of the user's own, which only its call tells."""
    kind = type(layer)
    if is_declared(kind):
        return False
    if keras_class(kind) is None:
        return not (_is_wired(layer) and wired_as_its_config_says(layer))
    return keras_class(kind).__name__ == "Activation" and own_activation(layer) is not None  # type: ignore[union-attr]


def _is_wired(layer: Any) -> bool:
    return any(is_keras(each) and each.__name__ in {"Functional", "Sequential"} for each in type(layer).__mro__)


def is_wired_model(layer: Any) -> bool:
    """Whether it is a model that is called as its config is wired."""
    return _is_wired(layer) and wired_as_its_config_says(layer)


def has_own_code(model: Any) -> bool:
    """Whether any layer of a model is of a class of the user's own, or applies a function of theirs."""
    layers = model._flatten_layers(include_self=False)  # noqa: SLF001  there is no public way to all layers
    return any(
        not (is_keras(type(each)) or is_declared(type(each)) or is_wired_model(each))
        or own_activation(each) is not None
        for each in layers
    )


@contextmanager
def without_activation(layer: Any, function: Any) -> Iterator[None]:
    """A layer that applies no function last, for as long as its call or its config is looked at."""
    import keras

    if function is not None:
        layer.activation = keras.activations.linear
    try:
        yield
    finally:
        if function is not None:
            layer.activation = function
