"""Reshapes and permutations: which axes they make of which."""

from parity.comparison._rows import made_by_weights
from parity.comparison._traced_pair import Operand, Pair, Traced
from parity.comparison.flattened import unfolded
from parity.graph import Layer, LayerGraph, Shape
from parity.rearrange import Form, permuted, reshaped
from parity.sizes import fit


def moved(pair: Pair, first: Operand) -> Traced:
    """Reshapes and permutations, each of its own side."""
    if first[2].complete and (named := _laid_out_by_weights(pair)) is not None:
        return pair.first(*named)
    sides = (pair.left, first[0]), (pair.right, first[1])
    mine, theirs = (rearranged(graph, *side) for graph, side in zip(pair.graphs, sides, strict=True))
    if mine is not None and theirs is not None:
        return pair.first(mine, theirs)
    if first[2].same:
        return pair.first(*pair.fresh())
    forms = [
        form if form is not None else _torn(pair, layer, before, shape)
        for form, (layer, before), shape in zip((mine, theirs), sides, pair.shapes(), strict=True)
    ]
    return pair.first(forms[0], forms[1])


def _laid_out_by_weights(pair: Pair) -> tuple[Form, Form] | None:
    """Axes that two reshapes make of units that weights make, which can put them in the order of either side."""
    values = [
        graph.values.get(layer.outputs[0]) for graph, layer in zip(pair.graphs, (pair.left, pair.right), strict=True)
    ]
    spread, shapes = unfolded(pair.left, pair.right, pair.graphs), pair.shapes()
    if spread is None or spread[0] == spread[1] or shapes[0] is None or shapes[1] is None:
        return None
    if not made_by_weights(pair.graphs[0], pair.left) or not made_by_weights(pair.graphs[1], pair.right):
        return None
    names = [value.axes if value is not None else None for value in values]
    if names[0] is None or names[1] is None or sorted(map(str, names[0])) != sorted(map(str, names[1])):
        return None
    places = {name: at for at, name in enumerate(names[1])}
    if any(not fit(shapes[0][at], shapes[1][places[name]]) for at, name in enumerate(names[0])):
        return None  # names are guesses
    numbers = {name: pair.new(str(name), shapes[0][at], shapes[1][places[name]]) for at, name in enumerate(names[0])}
    mine, theirs = ([numbers[name] for name in each] for each in (names[0], names[1]))
    return pair.axes.whole(mine, shapes[0]), pair.axes.whole(theirs, shapes[1])


def _torn(pair: Pair, layer: Layer, form: Form, shape: Shape | None) -> Form | None:
    """The axes of a reshape that cuts across those before it, of which no other layer has any."""
    sizes = [part.size for parts in form for part in parts]
    if shape is None or any(sum(not isinstance(size, int) for size in each) > 1 for each in (sizes, shape)):
        return None
    kept = [form[0]] if form and shape and form[0] and form[0][0].size == shape[0] else []
    made = [
        pair.axes.place(pair.axes.new(f"axis {at} of {layer.source}", size, size), size)
        for at, size in enumerate(shape)
    ]
    return (*kept, *made[len(kept) :])


def rearranged(graph: LayerGraph, layer: Layer, form: Form) -> Form | None:
    """The axes of a value after a permutation, Reshape or Flatten of its own side; None where that is not known."""
    order, target = layer.attributes.get("order"), graph.shape(layer.outputs[0])
    if order is not None:
        order = order if layer.kind == "permute" else (0, *order)
        if len(order) != len(form):
            return None
        form = permuted(form, order)
    if layer.kind == "permute":
        return form
    if order is None and (found := _kept(layer, form)) is not None:
        return found
    return reshaped(form, target) if target is not None else None


def _kept(layer: Layer, form: Form) -> Form | None:
    """The axes of a reshape that only adds or removes some of one element, which needs no sizes."""
    kept = layer.attributes.get("kept")
    if kept is None or any(at is not None and at >= len(form) for at in kept):
        return None
    gone = (parts for at, parts in enumerate(form) if at not in kept)
    if any(part.size != 1 for parts in gone for part in parts):
        return None
    return tuple(form[at] if at is not None else () for at in kept)
