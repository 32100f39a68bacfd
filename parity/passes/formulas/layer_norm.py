"""Normalisation to mean 0 and variance 1: over the last axis, or within each group of channels of a reshaped value.

TensorFlow computes ``x * s + (beta - mean * s)`` with ``s = gamma / sqrt(variance + epsilon)`` (Ba et al. 2016; Wu and
He 2018), and the variance as the mean of the squares or as that less the square of the mean.
"""

from dataclasses import replace

from parity.graph import Layer
from parity.passes._rewrite import only_consumer
from parity.passes.formulas._norms import affine, of_last_axis, over_last_axis, vectors
from parity.patterns import Match, Pattern, mean, number, root, x


def _make(match: Match) -> tuple[Layer, ...]:
    return of_last_axis(match, "layer_norm", centred=True) if over_last_axis(match) else _of_groups(match)


def _of_groups(match: Match) -> tuple[Layer, ...]:
    """The group norm around which a reshape takes the channels apart and another puts them together."""
    graph, last = match.graph, match.layer
    before, after = graph.producers.get(match.value), only_consumer(graph, last.outputs[0])
    if before is None or after is None or {before.kind, after.kind} != {"reshape"} or before.weights or after.weights:
        return ()
    shape, groups = graph.shape(before.inputs[0]), graph.shape(match.value)
    back = graph.shape(after.outputs[0])
    if shape is None or groups is None or back is None or len(groups) != len(shape) + 1:
        return ()
    # The first size follows from the others, all of which are known.
    if shape[1:] != back[1:] or not all(isinstance(size, int) for size in (*shape[1:], *groups[1:])):
        return ()
    for axis in (len(shape) - 1, 1):
        count, each = groups[axis : axis + 2]
        whole = isinstance(count, int) and isinstance(each, int) and count * each == shape[axis]
        others = tuple(at for at in range(1, len(groups)) if at != axis)
        split = (*shape[1:axis], count, each, *shape[axis + 1 :])
        if not whole or split != groups[1:] or match.settings["axes"] != others:
            continue
        weights = vectors(match, (count, each, *(1,) * (len(groups) - axis - 2)))
        if weights is None:
            return ()
        attributes = {"groups": count, "epsilon": match.numbers["epsilon"], "axis": axis, "rank": len(shape)}
        attributes["features"] = shape[axis]
        made = replace(after, kind="group_norm", attributes=attributes, inputs=before.inputs, weights=weights)
        return replace(made, op=last.op), after, before
    return ()


_SPREAD = root(mean((x - mean(x)) ** 2) + number("epsilon"))

PATTERN = Pattern("layer_norm", tuple(affine((x - mean(x)) / _SPREAD, shifted=True)), _make)
