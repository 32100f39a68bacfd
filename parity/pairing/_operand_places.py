"""Where layers have stored operands, and layers with weights in the place of a value that another model stores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Weight
from parity.kinds import COMMUTATIVE, kind

LAST = {"attention": 3, "conv": 1}
"""The one place of these kinds where something may be stored or computed."""

VALUE, STORED = "value", "stored"
LAID = ("operand_shapes", "operand_axis", "operand_first", "letters")
"""Attributes that tell how a stored operand lies, beside ``operands``."""

Key = tuple[str, object, tuple[Any, ...], int]
"""The kind and function of what uses a tensor, its sizes but for those of 1, and the place that it is used in."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer has a stored tensor, by role; or a number among its settings, which has none."""

    layer: Layer
    role: str = ""

    @property
    def weight(self) -> Weight | None:
        """The stored tensor."""
        return self.layer.weight(self.role) if self.role else None

    @property
    def names(self) -> tuple[str, ...] | None:
        """What the exporter says that the tensor, or number, is computed of; None where it is not seen to be."""
        return self.weight.computed_of if self.weight is not None else ()


def wide(shape: Shape | None) -> tuple[Any, ...]:
    """The sizes but for those of 1."""
    return tuple(size for size in shape or () if size != 1)


def side(layer: Layer) -> int:
    """The place of what an element-wise layer holds itself: it does not matter where the two may change places."""
    return int(layer.attributes.get("function") not in COMMUTATIVE and not layer.attributes.get("operand_first"))


def held(layer: Layer) -> Iterator[tuple[Key, Place]]:
    """The stored operands of a layer, or the number in their place."""
    function = layer.attributes.get("function")
    if layer.kind == "elementwise" and isinstance(layer.attributes.get("operand"), float):
        yield ("elementwise", function, (), side(layer)), Place(layer)
    told = layer.attributes.get("operands", ())
    stored = iter([at for at, each in enumerate(told) if each == STORED] if isinstance(told, tuple) else [])
    loose = [each for each in layer.weights if _is_loose(each)]
    for weight in layer.weights:
        role, at = weight.role or "", None
        if role == "kernel" and layer.kind == "dense" and layer.inputs and weight.axes in {"in out", "out in"}:
            sizes = weight.shape if weight.axes == "in out" else weight.shape[::-1]
            yield ("matmul", None, wide(sizes), 1), Place(layer, role)
        elif role == "kernel" and layer.kind == "conv":
            at = 1
        elif layer.kind == "elementwise" and weight in loose:
            at = side(layer) if layer.inputs or function in COMMUTATIVE else loose.index(weight)
        elif weight in loose or layer.kind == "einsum":
            at = next(stored, None)
        elif layer.kind == "attention" and role == "bias" and not layer.inputs[3:]:
            at = 3
        if at is not None and role:
            yield (layer.kind, function, wide(weight.shape), at), Place(layer, role)


def _is_loose(weight: Weight) -> bool:
    return (weight.role or "").startswith("operand")


def key_of(layer: Layer, value: str, shape: Shape | None) -> Key | None:
    """The place where a layer has a value, told as that of a stored tensor would be; None if it cannot have any.

    What would have it in a layer of its own, as a concatenation does, is told as that layer. A value whose sizes nobody
    tells is no single number.
    """
    if shape is None:
        return None
    at, function = layer.inputs.index(value), layer.attributes.get("function")
    if layer.kind == "elementwise":
        own = 1 - side(layer) if len(layer.inputs) == 1 else at
        return layer.kind, function, wide(shape), 0 if function in COMMUTATIVE else own
    if layer.kind in LAST:
        return (layer.kind, function, wide(shape), at) if at == LAST[layer.kind] else None
    if "operands" not in kind(layer.kind).attributes:
        return alone(shape)
    told = layer.attributes.get("operands", ())
    values = [where for where, each in enumerate(told) if each == VALUE] if isinstance(told, tuple) else []
    return layer.kind, function, wide(shape), values[at] if at < len(values) else at


def alone(shape: Shape | None) -> Key:
    """The place of a tensor that a layer of its own gives as a value."""
    return "expand", None, wide(shape), 0


def in_place(
    graph: LayerGraph, layer: Layer, value: str, place: Place, weights: Sequence[Weight], roles: Sequence[str]
) -> Layer:
    """A layer with weights in the place of a value: the one of the stored tensor's size, or the first, has its role.

    Args:
        graph: what the layer is of.
        layer: what uses the value; or what makes it, where the other model has a layer for the tensor alone.
        value: what is computed of the weights.
        place: where the other model has it.
        weights: in order.
        roles: theirs; the first is that of the stored tensor.
    """
    twin = place.weight
    alike = [each for each in weights if twin is not None and each.shape == twin.shape][:1]
    ordered = [*alike, *(each for each in weights if each not in alike)]
    axes = [twin.axes if twin is not None and each in alike else "" for each in ordered]
    made = [replace(each, role=name, axes=told) for each, name, told in zip(ordered, roles, axes, strict=False)]
    if value in layer.outputs:
        attributes: dict[str, Any] = {"target": graph.shape(value), "operands": (STORED,)}
        return replace(layer, kind="expand", attributes=attributes, inputs=(), weights=tuple(made))
    at = layer.inputs.index(value)
    rest = (*layer.inputs[:at], *layer.inputs[at + 1 :])
    if layer.kind == "matmul" and place.layer.kind == "dense":
        units = (graph.shape(value) or (None,))[-1]
        return replace(layer, kind="dense", attributes={"units": units}, inputs=rest, weights=tuple(made))
    weights = (*made, *_own(layer, place))
    return replace(layer, attributes=_laid(layer, at, place.layer), inputs=rest, weights=tuple(weights))


def _laid(layer: Layer, at: int, other: Layer) -> dict[str, Any]:
    """The attributes of a layer with a stored operand in the place of an input, lying as that of the other model."""
    attributes = {
        name: each for name, each in layer.attributes.items() if layer.kind != "elementwise" or name not in LAID
    }
    attributes |= {name: each for name, each in other.attributes.items() if name in LAID}
    if "operands" in other.attributes:
        operands = list(layer.attributes.get("operands", (VALUE,) * len(layer.inputs)))
        operands[[where for where, each in enumerate(operands) if each == VALUE][at]] = STORED
        attributes["operands"] = tuple(operands)
    return attributes


def _own(layer: Layer, place: Place) -> list[Weight]:
    """A layer's own weights; its operands have the roles that those of the other model's layer have left."""
    left = [each.role for each in place.layer.weights if each.role != (place.role or "operand")]
    roles = dict(zip((each.role for each in layer.weights if _is_loose(each)), left, strict=False))
    return [replace(each, role=roles.get(each.role, each.role)) for each in layer.weights]
