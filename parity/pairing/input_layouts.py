"""Inputs of which no layer tells what their axes mean, as the frameworks that the models are of have them.

Keras has channels last, PyTorch and its exports have them first. Where a permutation, a cut or a sum alone would tell
the axes, none of them does: both readings of such an input are tried, the same places on both sides first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.graph import Axes, Evidence, Framework, LayerGraph, Value
from parity.graph.origin import home
from parity.kinds import CHANNELS_FIRST, CHANNELS_LAST, image_axes
from parity.sizes import contradict

Layout = Mapping[str, Axes]
"""The names of the axes of inputs."""


def input_layouts(left: LayerGraph, right: LayerGraph) -> tuple[Layout, Layout] | None:
    """The axes of such inputs of both sides, as their homes have them; None where there is no such input.

    Args:
        left: a model with its axes named, as far as layers tell them.
        right: another one.
    """
    homes = {home(left), home(right)}
    graphs = left.evidence is Evidence.GRAPH is right.evidence
    if len(homes) == 1 or Framework.KERAS not in homes or not graphs:
        return None
    found = _of_unnamed(left), _of_unnamed(right)
    return found if any(found) else None


def in_layout(graph: LayerGraph, layout: Layout) -> LayerGraph:
    """A translated model with the axes of inputs named."""
    named = {name: replace(graph.values[name], axes=axes) for name, axes in layout.items()}
    return replace(graph, values={**graph.values, **named})


def may_be_plain(inputs: Iterable[tuple[Value, Value]]) -> bool:
    """Whether both models may take such an input with its axes in the same places: the sizes agree there too."""
    return any(
        (_is_unnamed(left) or _is_unnamed(right)) and not contradict((left.shape or ())[1:], (right.shape or ())[1:])
        for left, right in inputs
    )


def _is_unnamed(value: Value) -> bool:
    rank = len(value.shape or ())
    return rank > 2 and image_axes(rank, CHANNELS_LAST) is not None and None in (value.axes or (None,))


def _of_unnamed(graph: LayerGraph) -> Layout:
    layout = CHANNELS_LAST if home(graph) is Framework.KERAS else CHANNELS_FIRST
    values = {name: graph.values[name] for name in graph.inputs}
    named = {name: image_axes(len(value.shape or ()), layout) for name, value in values.items() if _is_unnamed(value)}
    return {name: axes for name, axes in named.items() if axes is not None and _may_be(axes, values[name].axes)}


def _may_be(axes: Axes, known: Axes | None) -> bool:
    """Whether those names that are known are among the others at their places."""
    return known is None or all(name in {None, other} for name, other in zip(known, axes, strict=True))
