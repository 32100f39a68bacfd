"""Symbolic inputs for a Keras model: of the sizes that it tells, or of those of example inputs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parity.adapters._formats import Inputs
from parity.adapters.keras._own_code import is_called_as_wired, is_wired_model


def keyed(structure: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """The tensors of a structure, each with the key of the dict that it is in."""
    if isinstance(structure, Mapping):
        for each in sorted(structure):
            yield from keyed(structure[each], str(each))
    elif isinstance(structure, list | tuple):
        for each in structure:
            yield from keyed(each, key)
    elif structure is not None:
        yield key, structure


def arguments(model: Any, inputs: Inputs | None) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Symbolic inputs of any batch size, and of the batch size that is given."""
    if is_wired_model(model) or (hasattr(model, "_inputs_struct") and (inputs is None or is_called_as_wired(model))):
        yield from (([each], {}) for each in _wired_arguments(model, inputs))
        return
    told: Any = inputs
    if told is None:
        shapes = getattr(model, "_build_shapes_dict", None) or {}
        told = [*shapes.values()]
        if len(told) != 1 or told[0] is None:
            return
    for free in (True, False):
        if isinstance(told, Mapping):
            yield [], {name: _symbolic(each, free=free) for name, each in told.items()}
        else:
            yield [_symbolic(each, free=free) for each in told], {}


def _wired_arguments(model: Any, inputs: Inputs | None) -> Iterator[Any]:
    """The same for a model that tells its inputs: of given sizes, else of those that it leaves free."""
    import keras

    known = getattr(model, "_functional", None) or model  # a Sequential model holds one
    structure = known._inputs_struct  # noqa: SLF001  there is no public way to their structure
    ends = keras.tree.flatten(structure)
    shapes = [tuple(end.shape) for end in ends]
    given = _in_order(ends, [key for key, _ in keyed(structure)], inputs)
    wanted = [[(None, *each[1:]) for each in given], given, shapes] if given else [shapes]
    for sizes in wanted:
        made = [_input(end, size) for end, size in zip(ends, sizes, strict=True)]
        yield keras.tree.pack_sequence_as(structure, made)


def _input(end: Any, shape: Sequence[int | None]) -> Any:
    import keras

    name = end._keras_history.operation.name  # noqa: SLF001  there is no public way to its layer
    return keras.Input(batch_shape=tuple(shape), dtype=end.dtype, name=name)


def _in_order(ends: Sequence[Any], keys: Sequence[str], inputs: Inputs | None) -> list[tuple[int | None, ...]]:
    """Shapes of given inputs in the order of a model's own; none where they are not those."""
    if isinstance(inputs, Mapping):
        names = [key or end.name for key, end in zip(keys, ends, strict=True)]
        found = [inputs[name] for name in names if name in inputs]
    else:
        found = list(inputs or ())
    shapes = [_shape_and_type(each)[0] for each in found]
    fits = len(shapes) == len(ends) and all(len(a) == len(b.shape) for a, b in zip(shapes, ends, strict=True))
    return shapes if fits else []


def _shape_and_type(given: Any) -> tuple[Any, Any]:
    """A shape, a shape and a type, or what an array tells of both."""
    shape, dtype = getattr(given, "shape", given), getattr(given, "dtype", None)
    if isinstance(shape, list | tuple) and len(shape) == 2 and isinstance(shape[1], str):  # shape and type
        shape, dtype = shape
    return tuple(shape), dtype


def _symbolic(given: Any, *, free: bool) -> Any:
    """A symbolic tensor, or a structure of them, for a shape, a shape and a type, or an array."""
    import keras

    if isinstance(given, Mapping):
        return {name: _symbolic(each, free=free) for name, each in given.items()}
    shape, dtype = _shape_and_type(given)
    if any(isinstance(each, list | tuple | Mapping) for each in shape):
        return [_symbolic(each, free=free) for each in shape]
    kind = keras.backend.standardize_dtype(dtype) if dtype is not None else None
    return keras.Input(batch_shape=(None, *shape[1:]) if free and shape else shape, dtype=kind)
