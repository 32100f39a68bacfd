"""Chains of reshapes and permutations: what they do to a value, and the layers that do the same."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped as reshape_attributes
from parity.rearrange.axes_algebra import Form, permuted, reshaped, start, steps

KINDS = {"reshape", "permute"}
LIMIT = 32
"""Longer chains are no head splits; they stay as they are."""


@dataclass(frozen=True)
class Made:
    """Layers in a row, and the values between them."""

    layers: tuple[Layer, ...]
    values: Mapping[str, Value]


def rearranges(layer: Layer, *, flat: bool = False) -> bool:
    """Whether a layer moves elements and nothing else; ``flat`` counts Flatten in."""
    one_way = len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights
    return one_way and (layer.kind in KINDS or (flat and layer.kind == "flatten"))


def chain_to(graph: LayerGraph, value: str, *, flat: bool = False) -> list[Layer]:
    """The rearrangements in a row that end in a value, the first of them first."""
    chain: list[Layer] = []
    while len(chain) < LIMIT and (maker := graph.producers.get(value)) is not None and rearranges(maker, flat=flat):
        chain.insert(0, maker)
        value = maker.inputs[0]
    return chain


def form_of(graph: LayerGraph, chain: Iterable[Layer], shape: Shape | None) -> Form | None:
    """What a chain does to a value of the shape, or None where that is not known."""
    form = start(shape) if shape is not None else None
    for layer in chain:
        target = graph.shape(layer.outputs[0])
        if form is None or target is None:
            return None
        order = layer.attributes.get("order")
        if order is not None:  # Flatten leaves the batch where it is
            order = order if layer.kind == "permute" else (0, *order)
            form = permuted(form, order) if len(order) == len(form) else None
        if form is not None and layer.kind != "permute":
            form = reshaped(form, target)
    return form


def layers_for(
    form: Form, ends: tuple[str, Shape, str], like: Layer, dtype: str | None, taken: Container[str] = ()
) -> Made:
    """The fewest layers that bring a value to a form.

    Args:
        form: the form.
        ends: the value, its shape, and the value to make.
        like: the layer whose path, sources and notes they take; they are named after it.
        dtype: of the values between them.
        taken: names that these must not have, since layers that they are to replace have them.
    """
    value, now, end = ends
    way = steps(form, now)
    wanted: list[tuple[str, Shape]] = []
    if way.order != tuple(range(len(way.order))):
        wanted += [("reshape", way.parts)] if way.parts != now else []
        wanted.append(("permute", tuple(way.parts[at] for at in way.order)))
    if (wanted[-1][1] if wanted else now) != way.result:
        wanted.append(("reshape", way.result))
    layers, values = [], {}
    for at, (kind, target) in enumerate(wanted):
        final = at == len(wanted) - 1
        mark = ":" if f"{end}:{at}" not in taken else "::"
        path = like.path if final else f"{like.path}{mark}{at}"
        output = end if final else f"{end}{mark}{at}"
        attributes: Mapping[str, Any] = {"order": way.order} if kind == "permute" else reshape_attributes(now, target)
        made = replace(like, path=path, kind=kind, attributes=attributes, inputs=(value,), outputs=(output,))
        layers.append(replace(made, weights=(), merged=()))
        if not final:
            values[output] = Value(target, dtype)
        value, now = output, target
    return Made(tuple(layers), values)
