"""A value that is chosen between itself and itself plus a number, as a sum of products with zeros and ones, is a sum.

TensorFlow blocks the scores of attention so: ``scores * kept + (scores - 1e9) * blocked``, where ``kept`` and
``blocked`` are 1 at each other's zeros, is ``scores + -1e9 * blocked``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from operator import ne
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.graph.diagonals import diagonals, each, elementwise
from parity.graph.provenance import fuse
from parity.passes._patterns import defining_op, with_number, zeros_and_ones
from parity.passes._rewrite import only_consumer, rewrite


@dataclass(frozen=True)
class _Arm:
    """A product with zeros and ones of a value that a number is added to: ``(root + shift) * kept``."""

    root: str
    shift: float
    kept: Any
    layers: tuple[Layer, ...]


def fuse_blends(graph: LayerGraph) -> LayerGraph:
    """Join each such sum with its products."""
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        if layer.kind == "elementwise" and layer.attributes["function"] == "add" and len(layer.inputs) == 2:
            arms = [list(_arms(graph, value)) for value in layer.inputs]
            found = next((pair for pair in product(*arms) if _choose(*pair)), None)
            if found is not None:
                replaced[layer.path] = _sum(layer, *found)
    return rewrite(graph, replaced=replaced)


def _arms(graph: LayerGraph, value: str) -> Iterator[_Arm]:
    """How a value may be read: as a product of a sum, and of what there is."""
    made = defining_op(graph, value, "elementwise", "multiply")
    kept = zeros_and_ones(made) if made is not None else None
    if made is None or kept is None or only_consumer(graph, value) is None:
        return
    summed = with_number(graph, made.inputs[0], "add")
    if summed is not None:
        yield _Arm(*summed, kept, (made, graph.producers[made.inputs[0]]))
    yield _Arm(made.inputs[0], 0.0, kept, (made,))


def _choose(one: _Arm, other: _Arm) -> bool:
    """Whether of each element exactly one of both is taken, of one value."""
    alike = one.root == other.root and one.kept.shape == other.kept.shape
    return alike and bool(each(elementwise(ne, one.kept, other.kept)).all())


def _sum(layer: Layer, one: _Arm, other: _Arm) -> Layer:
    shift = elementwise(lambda a, b: one.shift * a + other.shift * b, one.kept, other.kept)
    told = {"function": "add", "operand": diagonals(shift) or _nested(shift), "operand_shapes": (shift.shape,)}
    made = replace(layer, attributes={**layer.attributes, **told}, inputs=(one.root,))
    parts = {part.path: part for part in (*one.layers, *other.layers)}
    return fuse(made, tuple(parts.values()), f"{layer.source} takes each element of one of two sums")


def _nested(array: Any) -> Any:
    return tuple(map(_nested, array)) if array.ndim else float(array)
