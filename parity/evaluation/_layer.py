"""One layer evaluated, in the types and shapes that its graph tells."""

from typing import TYPE_CHECKING, Any

from parity.graph import Layer, LayerGraph
from parity.kinds import Compute, Given, Uncomputable, Watched, kind

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

SENSELESS = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, MemoryError)
"""What arithmetic raises on the settings of a stranger's file that make no sense."""

INTEGERS = ("int", "uint")

GRIDS = {"takes", "gives"}
"""Attributes that tell which integers come in or go out."""

NARROW = {"int8", "uint8", "int16", "uint16", "int32", "uint32"}
"""Types in which arithmetic starts again at the other end where it leaves their range."""


def formula(layer: Layer) -> Compute:
    """What computes a layer.

    Raises:
        Uncomputable: its kind has no formula.
    """
    compute = kind(layer.kind).compute
    if compute is None:
        told = layer.attributes.get("operator", layer.kind)
        raise Uncomputable(f"parity has no formula for {told}")
    return compute


def _computed(layer: Layer, given: Given) -> tuple[Array, ...]:
    """What comes of a layer, be it told to work on small integers."""
    if layer.kind == "quantisation" or not GRIDS.intersection(layer.attributes):
        return formula(layer)(given)
    from parity.kinds._integers import on_grids

    return on_grids(formula(layer), given)


SENSELESS_HERE = "its settings do not make sense for its inputs"
"""How the reason begins why a layer is not computed that takes its inputs in other sizes."""

UNUSED = {"count", "counter", "num_batches_tracked", "kernel of spectral_norm", "vector of spectral_norm"}
"""Roles of what counts the steps of training, and of what is changed in training only."""

GRID = ("scale", "zero_point")
"""How the roles of numbers end that settings tell as well."""


def computed(graph: LayerGraph, layer: Layer, given: Given) -> tuple[Array, ...]:
    """What a layer makes, in the types and shapes that the graph tells of its outputs.

    Raises:
        Uncomputable: its kind has no formula, its settings make no sense, or it makes something else than the graph
            tells.
    """
    try:
        return _as_the_graph_tells(graph, layer, given)
    except SENSELESS as error:
        reason = f"{SENSELESS_HERE} ({type(error).__name__}: {error})"
        raise Uncomputable(reason) from error


def _as_the_graph_tells(graph: LayerGraph, layer: Layer, given: Given) -> tuple[Array, ...]:
    made, results = [], _computed(layer, given)
    if any(array.dtype.kind == "c" for array in (*given.inputs, *results)) and not _takes_complex(layer):
        raise Uncomputable(
            f"parity has no formula for {layer.attributes.get('function', layer.kind)} of complex numbers"
        )
    asked = given.stored.unread if isinstance(given.stored, Watched) else ()
    left = [role for role in asked if f"{role} of {layer.kind}" not in UNUSED]
    if unused := [role for role in left if role not in UNUSED and not role.endswith(GRID)]:
        raise Uncomputable(f"the formula of {layer.kind} does not use its {', '.join(unused)}")
    for value, array in zip(layer.outputs, results, strict=False):
        known = graph.values.get(value)
        dtype = (known.dtype if known else None) or ""
        typed = as_told(array, "" if dtype == "bool" and not _makes_truths(layer, given) else dtype)
        plain_integers = layer.kind == "elementwise" and not GRIDS.intersection(layer.attributes)
        whole = plain_integers and all(each.dtype.kind == "i" for each in (typed, *given.inputs))
        typed = typed.astype(dtype).astype("int64") if whole and dtype in NARROW else typed
        shape = known.shape if known else None
        contradicts = shape is not None and (
            len(shape) != typed.ndim
            or any(isinstance(told, int) and told != size for told, size in zip(shape, typed.shape, strict=True))
        )
        if contradicts:
            raise Uncomputable(f"its output has the shape {typed.shape}, and the graph records {shape}")
        made.append(typed)
    return tuple(made)


def _takes_complex(layer: Layer) -> bool:
    """Whether the formula of a layer is one of complex numbers, too."""
    told = kind(layer.kind).takes_complex
    return told if isinstance(told, bool) else layer.attributes.get("function") in told


def _makes_truths(layer: Layer, given: Given) -> bool:
    """Whether numbers that a layer makes are truth values where the graph tells so: their sum, or those that it holds.

    The type that a graph tells of a value inside may be that of what comes in.
    """
    if not given.inputs:
        return True
    return layer.kind in {"elementwise", "scatter"} and all(each.dtype.kind == "b" for each in given.inputs)


def plain(array: Array) -> Array:
    """An array in the types that kinds compute in: double precision, int64, or truth values; complex ones stay so.

    Raises:
        Uncomputable: it is of no such numbers.
    """
    if array.dtype.kind in "biu":
        return array if array.dtype.kind == "b" else array.astype("int64", copy=False)
    if array.dtype.kind == "c":
        return array.astype("complex128", copy=False)
    if array.dtype.kind in "OSU":
        raise Uncomputable(f"it cannot work on the dtype {array.dtype}")
    return array.astype("float64", copy=False)


def as_told(array: Array, dtype: str) -> Array:
    """An array as numbers of the sort that the graph tells, as far as that loses nothing."""
    found = plain(array)
    if (found.dtype.kind == "c") is not dtype.startswith("complex") and dtype:
        raise Uncomputable(f"it makes {found.dtype}, and the graph tells {dtype}")
    if dtype == "bool":
        return found.astype("bool")
    if dtype.startswith(INTEGERS) and found.dtype.kind == "f" and not (found % 1).any():
        return found.astype("int64")
    if dtype.startswith(INTEGERS) and found.dtype.kind == "b":
        return found.astype("int64")
    if dtype.startswith(("float", "bfloat")) and found.dtype.kind != "f":
        return found.astype("float64")
    return found
