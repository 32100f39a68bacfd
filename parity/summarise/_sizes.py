"""Shapes for people, in which the batch is called so, and for counting, where a free batch is one example."""

import re
from collections.abc import Iterable
from math import prod

from parity.census import counts, distinct
from parity.graph import Census, Framework, Layer, LayerGraph, Shape, Value, Weight
from parity.kinds import COMPUTED_IN, Work, elements, kind
from parity.reports import Memory

KERAS_DTYPE = "float32"
"""What Keras computes in unless a policy says otherwise."""

BATCH, BATCH_NAME = "N", "batch"

WIDTH = re.compile(r"(?:u?int|b?float|complex)(\d+)")
"""The bits of a type are in its name."""


class Sizes:
    """The sizes of a model's values."""

    def __init__(self, graph: LayerGraph, *, example: bool) -> None:
        """Find out what the batch is.

        Args:
            graph: with named axes.
            example: the model was traced with example inputs, whose batch means nothing.
        """
        self.graph = graph
        self.example = example
        given = [graph.values[name] for name in graph.inputs if name in graph.values]
        self.batches = {size for value in given for size in _batch(value)}
        self.batch = next((size for size in self.batches if isinstance(size, int)), 1)
        self.derived = _derived(graph)

    def shown(self, name: str) -> Shape | None:
        """The shape as the source tells it, with None for a batch that is free, or is that of an example alone.

        A batch of one is what models are traced with, whatever they are used for. One that is not the first axis has
        its name, since there None is a size that is free for another reason.
        """
        value = self.graph.values.get(name)
        if value is None or value.shape is None:
            return None
        return tuple(
            (BATCH_NAME if at else None) if self._is_free(size) and self._is_batch(name, value, at) else size
            for at, size in enumerate(value.shape)
        )

    def _is_free(self, size: int | str | None) -> bool:
        fixed = isinstance(size, int) and not self.example and size != 1
        return not fixed and (not self.batches or not isinstance(size, int) or size in self.batches)

    def _is_batch(self, name: str, value: Value, at: int) -> bool:
        """Whether an axis is the batch: it is called so, or nothing is known of it but that it is that of the input."""
        if value.axes is not None and (BATCH in value.axes or value.axes[at] is not None):
            return value.axes[at] == BATCH
        return at == 0 and name in self.derived and value.shape is not None and value.shape[0] in self.batches

    def counted(self, name: str) -> Shape | None:
        """The shape for counting: a free batch is 1; other sizes that are free stay so."""
        value = self.graph.values.get(name)
        if value is None or value.shape is None:
            return None
        free = {size for size in self.batches if not isinstance(size, int)}
        named = {size for size in free if size is not None}
        return tuple(
            1 if size in named or (size is None and self._is_batch(name, value, at)) else size
            for at, size in enumerate(value.shape)
        )

    def macs(self, layers: Iterable[Layer]) -> int | None:
        """The multiply-accumulates of some layers, None where those of one are not known."""
        found = [kind(layer.kind).macs(self._work(layer)) for layer in layers]
        return None if None in found else sum(each for each in found if each is not None)

    def _work(self, layer: Layer) -> Work:
        weights = {weight.role: weight.numel for weight in layer.weights if weight.role is not None}
        inputs, outputs = (tuple(map(self.counted, names)) for names in (layer.inputs, layer.outputs))
        return Work(layer.attributes, inputs, outputs, weights)

    def size(self, name: str) -> int | None:
        """The bytes of a value, None where they are not known."""
        count, width = elements(self.counted(name)), bits(self.dtype(name))
        return None if width is None or count is None else -(-count * width // 8)

    def dtype(self, name: str) -> str | None:
        """The type of a value; where a file of Keras does not record it, that which its layer computes in."""
        value, maker = self.graph.values.get(name), self.graph.producers.get(name)
        known = value.dtype if value is not None else None
        if known is None and maker is not None and self.graph.framework is Framework.KERAS:
            return str(maker.attributes.get(COMPUTED_IN, KERAS_DTYPE))
        return known


def memory(graph: LayerGraph, sizes: Sizes) -> Memory:
    """The bytes of a model's weights, as its framework counts them, and of its inputs."""
    counted = [weight for weight in distinct(graph.weights) if counts(graph.framework, weight)]
    trained = (weight for weight in counted if weight.census is Census.TRAINABLE)
    inputs = [sizes.size(name) for name in graph.inputs]
    known = [size for size in inputs if size is not None]
    return Memory(stored(counted), stored(trained), sum(known) if len(known) == len(inputs) else None)


def bits(dtype: str | None) -> int | None:
    """The bits of an element, None where the type is not known.

    >>> bits("bfloat16"), bits("float8_e4m3fn"), bits("bool"), bits("string")
    (16, 8, 8, None)
    """
    found = WIDTH.match(dtype or "")
    return int(found[1]) if found else 8 if dtype == "bool" else None


def stored(weights: Iterable[Weight]) -> int:
    """The bytes of weights; of a type that has no width none."""
    return sum(-(-prod(weight.shape) * (bits(weight.dtype) or 0) // 8) for weight in weights)


def _batch(value: Value) -> list[int | str | None]:
    """The size of the batch of an input: the axis of that name, or the first where no axis has one."""
    if not value.shape:
        return []
    if value.axes is not None and BATCH in value.axes:
        return [value.shape[value.axes.index(BATCH)]]
    return [value.shape[0]] if value.axes is None or value.axes[0] is None else []


def _derived(graph: LayerGraph) -> set[str]:
    """The values that depend on an input, and not merely on its sizes."""
    found = {*graph.inputs}
    for layer in graph.layers:
        if layer.kind != "shape_of" and not found.isdisjoint(layer.inputs):
            found.update(layer.outputs)
    return found
