"""Live layers of Keras' own classes that do not compute what their configuration says."""

from collections.abc import Iterator
from types import FunctionType
from typing import Any

OWN = ("keras.", "tensorflow.", "jax.", "torch.")
REPLACED = "its call has been replaced, and its configuration does not describe what it computes now"
POSING = "its {} has the name of a Keras function but is a different function"
"""``__name__`` and ``__module__`` of a function can be set to anything; its globals are where it was written."""


def altered(layer: Any) -> str:
    """Why the configuration of a layer does not tell what it computes; "" where it does, as far as can be seen."""
    for each in _inside(layer):
        if "call" in vars(each) or not _is_own(type(each).call):
            return REPLACED
        for name, value in vars(each).items():
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType) and _claims(function) and not _is_own(function):
                return POSING.format(name)
    return ""


def _inside(layer: Any) -> Iterator[Any]:
    """A layer and those that it wraps, of Keras' own classes."""
    flatten = getattr(layer, "_flatten_layers", None)  # an operation has none inside
    for each in flatten() if flatten is not None else (layer,):
        if type(each).__module__.split(".")[0] == "keras":
            yield each


def _claims(function: FunctionType) -> bool:
    return str(function.__module__ or "").split(".")[0] == "keras"


def _is_own(function: Any) -> bool:
    """Whether a function was written in Keras, or in what it runs on."""
    found = getattr(function, "__func__", function)
    if not isinstance(found, FunctionType):
        return True  # compiled code, such as a backend's own function
    return str(found.__globals__.get("__name__", "")).startswith(OWN)
