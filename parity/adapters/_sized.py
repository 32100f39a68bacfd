"""A model read again for inputs of the sizes that the model beside it has."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.adapters._formats import Inputs, formats
from parity.adapters._location import located
from parity.adapters._soundness import sound
from parity.graph import Dim, LayerGraph, Shape, SourceGraph


def read_sized(source: Any, graph: SourceGraph, shapes: Sequence[Shape | None]) -> SourceGraph:
    """Read a model again for inputs of given shapes; the same graph where it leaves none of their sizes free.

    Args:
        source: what the graph was read from.
        graph: the model as it is.
        shapes: those of its inputs, in order.
    """
    known = [shape for shape in shapes if shape is not None]
    pairs = zip(graph.inputs, shapes, strict=False)
    if len(known) < len(graph.inputs) or not any(_is_free(graph.values[name].shape, given) for name, given in pairs):
        return graph
    form = next((each for each in formats() if each.name == graph.format), None)
    if form is None or form.sized is None or len(shapes) != len(graph.inputs):
        return graph
    where = located(source) if isinstance(source, str | Path) else source
    return sound(form.sized(where, known), graph.source)


def read_for_samples(source: Any, inputs: Inputs | None, graph: SourceGraph, beside: SourceGraph) -> SourceGraph:
    """A live model read for several samples, where the model beside it takes any number and one does not tell enough.

    Args:
        source: what the graph was read from.
        inputs: its example inputs.
        graph: the model as it is.
        beside: the other model.
    """
    form = next((each for each in formats() if each.name == graph.format), None)
    if form is None or form.samples is None:
        return graph
    again = form.samples(source, inputs, graph, [beside.values[value].shape for value in beside.inputs])
    return graph if again is graph else sound(again, graph.source)


def as_read(graph: LayerGraph, source: SourceGraph) -> LayerGraph:
    """A graph whose inputs, which it has as the model tells them, are of as many samples as that was read for.

    Args:
        graph: the model, translated or normalised.
        source: what it was translated from.
    """
    shapes = {value: (graph.values[value].shape or (), source.values[value].shape or ()) for value in graph.inputs}
    more = {
        value: replace(graph.values[value], shape=(read[0], *told[1:]))
        for value, (told, read) in shapes.items()
        if told and read and isinstance(told[0], int) and told[0] != read[0]
    }
    return replace(graph, values={**graph.values, **more}) if more else graph


def _is_free(stated: Shape | None, given: Shape | None) -> bool:
    """Whether a size is free that is given."""
    pairs = zip(stated or (), given or (), strict=False)
    return any(not isinstance(one, int) and isinstance(other, int) for one, other in pairs)


def sizes_beside(graph: SourceGraph, other: SourceGraph) -> list[Shape | None]:
    """The shapes of a model's inputs with the free sizes that a model of another layout has, where those are told.

    An axis is not told by its place then, but by what is left: of (batch, height, width, 3) beside (1, 3, 64, 48) the
    sizes 64 and 48. An input is beside that of its name, else beside all that have as many axes, which must agree; it
    is as it was where they do not. The batch alone is no reason to read a model again of which all could be read.
    """
    theirs = {name: other.values[value].shape for value, name in other.names_of_inputs.items()}
    names = graph.names_of_inputs
    mine = [graph.values[value].shape for value in graph.inputs]
    found = [_filled(shape, names[value], theirs) for shape, value in zip(mine, graph.inputs, strict=True)]
    if not graph.gaps and not any(
        _is_free((shape or ())[1:], (size or ())[1:]) for shape, size in zip(mine, found, strict=True)
    ):
        return mine
    return found


def _filled(shape: Shape | None, name: str, theirs: dict[str, Shape | None]) -> Shape | None:
    if shape is None:
        return None
    beside = [theirs[name]] if name in theirs else list(theirs.values())
    like = [each for each in beside if each is not None and len(each) == len(shape)]
    found = {(each[:1], _left(shape[1:], each[1:])) for each in like}
    (batch, sizes), *others = found or {((), None)}
    if sizes is None or others:
        return shape
    left = iter(sizes)
    given = (*batch, *(size if isinstance(size, int) else next(left) for size in shape[1:]))
    return given if isinstance(given[0], int) else (shape[0], *given[1:])


def _left(mine: Shape, theirs: Shape) -> Shape | None:
    """The sizes for those that are free, in order; None where they are not told."""
    taken: Counter[Dim] = Counter(size for size in mine if isinstance(size, int))
    left = []
    for size in theirs:
        if taken[size]:
            taken[size] -= 1
        else:
            left.append(size)
    free = sum(not isinstance(size, int) for size in mine)
    return tuple(left) if len(left) == free and all(isinstance(size, int) for size in left) else None
