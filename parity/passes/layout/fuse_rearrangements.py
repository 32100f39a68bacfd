"""Reshapes and permutations in a row are brought to one form: at most a reshape, a permutation and a reshape."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite
from parity.rearrange.axes_algebra import units_moved
from parity.rearrange.chains import chain_to, form_of, layers_for, rearranges


def fuse_rearrangements(graph: LayerGraph) -> LayerGraph:
    """Rewrite each chain of at least two such layers that is not the shortest way already."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        if not rearranges(layer) or not _ends(graph, layer):
            continue
        chain = chain_to(graph, layer.outputs[0])
        if len(chain) > 1 and _is_undone(graph, *chain[-2:]):
            aliases[layer.outputs[0]] = chain[-2].inputs[0]
            continue
        root, made = chain[0].inputs[0], graph.values.get(layer.outputs[0])
        shape = graph.shape(root)
        form = form_of(graph, chain, shape)
        if form is None or shape is None:
            continue
        order = units_moved(form, shape)
        if order is not None and [each.attributes.get("order") for each in chain] != [order]:
            like = fuse(layer, tuple(chain[::-1]), "axes of one element are reordered")
            replaced[layer.path] = replace(like, kind="permute", attributes={"order": order}, inputs=(root,))
        if len(chain) == 1 or order is not None:
            continue
        note = f"{len(chain)} reshapes and permutations in a row"
        like = fuse(layer, tuple(chain[::-1]), note)
        dtype, ends = made.dtype if made is not None else None, (root, shape, layer.outputs[0])
        found = layers_for(form, ends, like, dtype, {each.outputs[0] for each in chain})
        if len(found.layers) > len(chain) or _told(found.layers) == _told(chain):
            continue
        values.update(found.values)
        if found.layers:
            before[layer.path], replaced[layer.path] = found.layers[:-1], found.layers[-1]
        else:
            aliases[layer.outputs[0]] = root
    dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
    return rewrite(graph, replaced=replaced, before=before, aliases=aliases, dropped=dropped, values=values)


def _is_undone(graph: LayerGraph, first: Layer, second: Layer) -> bool:
    """Whether a reshape undoes the one before it, where both only add or drop axes of one element.

    The axes that they keep may be of any size, known or not.
    """
    added, dropped = first.attributes.get("kept"), second.attributes.get("kept")
    before, after = graph.shape(first.inputs[0]), graph.shape(second.outputs[0])
    if {first.kind, second.kind} != {"reshape"} or added is None or dropped is None or before is None or after is None:
        return False
    kept = [None if at is None else added[at] for at in dropped]
    same = len(kept) == len(before) == len(after) and before[1:] == after[1:]
    return same and all(at == place or (at is None and before[place] == 1) for place, at in enumerate(kept))


def _ends(graph: LayerGraph, layer: Layer) -> bool:
    """Whether anything but another rearrangement looks at what a layer makes."""
    users = graph.consumers.get(layer.outputs[0], ())
    return layer.outputs[0] in graph.outputs or any(not rearranges(user) for user in users)


def _told(layers: tuple[Layer, ...] | list[Layer]) -> list[tuple[object, ...]]:
    return [(each.kind, each.attributes.get("order"), each.attributes.get("target")) for each in layers]
