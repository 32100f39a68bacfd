"""A dense layer works on the last axis alone: the axes before that come in the order of the value they are of.

PyTorch's attention has steps before the batch between its projections, and exporters lay both in one axis for a
matmul.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite
from parity.rearrange.axes_algebra import Factor, Form, merged, place, steps
from parity.rearrange.chains import chain_to, form_of, layers_for
from parity.sizes import divided


def sort_batch_axes(graph: LayerGraph) -> LayerGraph:
    """Move what disorders or joins those axes from before each dense layer to after it, and on to the next one."""
    while (done := _moved(graph)) is not graph:
        graph = done
    return graph


def keeps_places(layer: Layer) -> bool:
    """Whether a layer works on the last axis alone: the order of the axes before it is that of its own outputs."""
    return layer.kind == "dense" and len(layer.inputs) == 1 and layer.attributes.get("axis", -1) == -1


def _moved(graph: LayerGraph) -> LayerGraph:
    before: dict[str, tuple[Layer, ...]] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        if not keeps_places(layer):
            continue
        chain = chain_to(graph, layer.inputs[0])
        shape = graph.shape(chain[0].inputs[0]) if chain else None
        form = form_of(graph, chain, shape)
        made = graph.values.get(layer.outputs[0])
        lone = form is not None and shape is not None and _is_moved(form[:-1], shape)
        if form is None or shape is None or made is None or (_sorted(form[:-1]) and not lone):
            continue
        if not _ends_alike(form, shape) and not all(map(keeps_places, graph.consumers[layer.inputs[0]])):
            continue  # an image becomes a sequence once, for all that use it
        lead = (*(Factor(0, 1, 1),) * lone, *_axes(form[:-1]))
        moved, turned = f"{layer.outputs[0]}:sorted", f"{layer.outputs[0]}:turned"
        note = f"{len(chain)} reshapes and permutations that do not affect a dense layer"
        like = fuse(chain[-1], tuple(chain), note)
        own: Form = (*((factor,) for factor in lead), form[-1])
        first = layers_for(own, (chain[0].inputs[0], shape, moved), replace(like, path=moved), made.dtype)
        units = layer.attributes["units"]
        sizes = (*(factor.size for factor in lead), units)
        back: Form = (
            *(tuple(_inside(each, lead) for each in axis) for axis in form[:-1]),
            (Factor(len(lead), 1, units),),
        )
        last = layers_for(back, (turned, sizes, layer.outputs[0]), replace(like, path=turned), made.dtype)
        if not last.layers:
            continue
        before[layer.path], after[layer.path] = first.layers, last.layers
        start = moved if first.layers else chain[0].inputs[0]
        replaced[layer.path] = replace(layer, inputs=(start,), outputs=(turned,))
        values |= {**first.values, **last.values, turned: Value(sizes, made.dtype)}
        if first.layers:
            values[moved] = Value(steps(own, shape).result, made.dtype)
    return rewrite(graph, replaced=replaced, before=before, after=after, values=values)


def _ends_alike(form: Form, shape: Shape) -> bool:
    """Whether the last axis is the one of the value itself."""
    return form[-1] == (Factor(len(shape) - 1, 1, shape[-1]),)


def _sorted(lead: Form) -> bool:
    """Whether each axis is of one factor, and all of them are in the order of the value's own axes.

    New axes of one element stand anywhere.
    """
    places = [place(axis[0]) for axis in lead if axis]
    return all(len(axis) < 2 for axis in lead) and places == sorted(places)  # one factor


def _is_moved(lead: Form, shape: Shape) -> bool:
    """Whether a batch of one sample, which reshapes have dropped and put in again, is not in front any more."""
    gone = all(factor.axis for axis in lead for factor in axis)
    return shape[:1] == (1,) and gone and bool(lead[:1] and lead[0]) and lead.count(()) == 1


def _axes(lead: Form) -> tuple[Factor, ...]:
    """All factors in the value's own order, those that are parts of one axis joined."""
    factors = [factor for axis in lead for factor in axis]
    return tuple(merged(sorted(factors, key=place)))


def _inside(factor: Factor, lead: tuple[Factor, ...]) -> Factor:
    """A factor as a part of one of the new axes."""
    at = next(at for at, each in enumerate(lead) if each.axis == factor.axis and _holds(each, factor))
    return Factor(at, divided(factor.stride, lead[at].stride) or 1, factor.size)


def _holds(whole: Factor, part: Factor) -> bool:
    if whole.size is None or part.size is None:
        return whole == part
    return divided(part.stride, whole.stride) is not None and divided(whole.reach, part.reach) is not None
