"""What live layers are called with, as a config holds it."""

from collections.abc import Callable, Mapping
from typing import Any

from parity.adapters.keras._calls import Stored, Tensor


def as_config(value: Any, tensor: Callable[[Any], Tensor], *, variables: bool = False) -> Any:
    """Arguments as a config holds them.

    Args:
        value: an argument, or several in lists and mappings.
        tensor: where a symbolic tensor comes from.
        variables: variables may be among them, and are told by their identity.
    """
    import keras

    if variables and isinstance(value, keras.Variable):
        return Stored(id(value))
    if isinstance(value, keras.KerasTensor):
        found = tensor(value)
        config = {"shape": found.shape, "dtype": found.dtype, "keras_history": (found.layer, found.node, found.index)}
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(value, Mapping):
        return {key: as_config(each, tensor, variables=variables) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_config(each, tensor, variables=variables) for each in value]
    return keras.saving.serialize_keras_object(value)
