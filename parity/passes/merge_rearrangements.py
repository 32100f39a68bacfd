"""Reshapes and permutations in a row are brought to one form: at most a reshape, a permutation and a reshape."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped as reshape_attributes
from parity.passes._axes_algebra import Form, permuted, reshaped, start, steps
from parity.passes._rewrite import rewrite

KINDS = {"reshape", "permute"}
LIMIT = 32
"""Longer chains are no head splits; they stay as they are."""


def merge_rearrangements(graph: LayerGraph) -> LayerGraph:
    """Rewrite each chain of at least two such layers that is not the shortest way already."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        if not _rearranges(layer) or not _ends(graph, layer):
            continue
        chain = _chain(graph, layer)
        made = _shortest(graph, chain) if len(chain) > 1 else None
        if made is None or len(made) > len(chain) or _same(made, chain):
            continue
        for each in made:
            values.update(each[1])
        layers = [each[0] for each in made]
        if not layers and layer.outputs[0] not in graph.outputs:
            aliases[layer.outputs[0]] = chain[0].inputs[0]
        elif layers:
            before[layer.path], replaced[layer.path] = tuple(layers[:-1]), layers[-1]
    dropped = {layer.path for layer in graph.layers if layer.outputs and layer.outputs[0] in aliases}
    return rewrite(graph, replaced=replaced, before=before, aliases=aliases, dropped=dropped, values=values)


def _rearranges(layer: Layer) -> bool:
    return layer.kind in KINDS and len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights


def _ends(graph: LayerGraph, layer: Layer) -> bool:
    """Whether anything but another rearrangement looks at what a layer makes."""
    users = graph.consumers.get(layer.outputs[0], ())
    return layer.outputs[0] in graph.outputs or any(not _rearranges(user) for user in users)


def _chain(graph: LayerGraph, layer: Layer) -> list[Layer]:
    """The layers in a row that end in this one, the first of them first."""
    chain = [layer]
    while len(chain) < LIMIT and (maker := graph.producers.get(chain[0].inputs[0])) is not None and _rearranges(maker):
        chain.insert(0, maker)
    return chain


def _form(graph: LayerGraph, chain: list[Layer]) -> Form | None:
    shape = graph.shape(chain[0].inputs[0])
    form = start(shape) if shape is not None else None
    for layer in chain:
        target = graph.shape(layer.outputs[0])
        if form is None or target is None:
            return None
        if layer.kind == "permute":
            order = layer.attributes["order"]
            form = permuted(form, order) if len(order) == len(form) else None
        else:
            form = reshaped(form, target)
    return form


def _shortest(graph: LayerGraph, chain: list[Layer]) -> list[tuple[Layer, dict[str, Value]]] | None:
    """The layers that do the same in the fewest steps, each with the value that it adds."""
    form, shape = _form(graph, chain), graph.shape(chain[0].inputs[0])
    if form is None or shape is None:
        return None
    way = steps(form, shape)
    last, value, now = chain[-1], chain[0].inputs[0], shape
    wanted: list[tuple[str, Shape]] = [("reshape", way.parts)] if way.parts != now else []
    if way.order != tuple(range(len(way.order))):
        wanted.append(("permute", tuple(way.parts[at] for at in way.order)))
    if (wanted[-1][1] if wanted else now) != way.result:
        wanted.append(("reshape", way.result))
    made = []
    for at, (kind, target) in enumerate(wanted):
        final = at == len(wanted) - 1
        path = last.path if final else f"{last.path}:{at}"
        output = last.outputs[0] if final else path
        attributes: Mapping[str, Any] = {"order": way.order} if kind == "permute" else reshape_attributes(now, target)
        found = graph.values.get(last.outputs[0])
        new = {} if final else {output: Value(target, found.dtype if found is not None else None)}
        made.append((_layer(chain, path, kind, attributes, (value, output)), new))
        value, now = output, target
    return made


def _layer(chain: list[Layer], path: str, kind: str, attributes: Mapping[str, Any], ends: tuple[str, str]) -> Layer:
    sources = tuple(dict.fromkeys(source for each in chain[::-1] for source in each.sources))
    notes = tuple(dict.fromkeys(note for each in chain for note in each.notes))
    note = f"{len(chain)} reshapes and permutations in a row"
    last = chain[-1]
    return replace(
        last,
        path=path,
        kind=kind,
        attributes=attributes,
        inputs=ends[:1],
        outputs=ends[1:],
        sources=sources,
        notes=(*notes, note),
    )


def _same(made: list[tuple[Layer, dict[str, Value]]], chain: list[Layer]) -> bool:
    """Whether the layers are those that there are."""
    kinds = [(layer.kind, layer.attributes.get("order"), layer.attributes.get("target")) for layer, _ in made]
    return kinds == [(layer.kind, layer.attributes.get("order"), layer.attributes.get("target")) for layer in chain]
