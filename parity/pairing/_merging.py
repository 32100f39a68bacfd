"""Two graphs with one layer in the place of each of their parts that have been found to agree."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from parity.graph import Axes, Layer, LayerGraph, Note, Undone, Weight
from parity.pairing._agreement import Part, Parts
from parity.passes._copies import without_copies
from parity.passes._rewrite import rewrite
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.passes.canonical.name_axes import named_anew

Graphs = tuple[LayerGraph, LayerGraph]
Named = dict[str, Axes]


def merged(graphs: Graphs, parts: Sequence[Parts]) -> Graphs | None:
    """Both graphs with one layer for each part; None where parts as a whole would each need what the other one gives.

    Args:
        graphs: both sides.
        parts: of both graphs, which agree.
    """
    told = [_axes(*each) for each in parts]
    names = [{value: axes for each in told for value, axes in each[side].items()} for side in (0, 1)]
    left = _merged(graphs[0], parts, names[0], 0)
    right = _merged(graphs[1], parts, names[1], 1)
    return None if left is None or right is None else (left, right)


def apart(found: Sequence[Parts]) -> list[Parts]:
    """Those parts, the first of them first, that have no layer in common, nor take what is made inside of another one.

    Layers that something else uses as well stay, and may be in several. What is left out is found again once the
    others are one layer each.
    """
    kept: list[Parts] = []
    taken: list[set[str]] = [set(), set()]
    inside: list[set[str]] = [set(), set()]
    roots: list[set[str]] = [set(), set()]
    for parts in found:
        own = [part.paths - _used_outside(part) for part in parts]
        made = [
            {value for layer in part.layers if layer.path in own[at] for value in layer.outputs} - {*part.values}
            for at, part in enumerate(parts)
        ]
        if all(
            taken[at].isdisjoint(own[at]) and inside[at].isdisjoint(part.roots) and roots[at].isdisjoint(made[at])
            for at, part in enumerate(parts)
        ):
            kept.append(parts)
            for at, part in enumerate(parts):
                taken[at] |= own[at]
                inside[at] |= made[at]
                roots[at].update(part.roots)
    return kept


def each_once(parts: Parts) -> Parts | None:
    """Parts that give every value once: two ends that share a value on one side are one value on the other as well.

    None where they share it with their axes in another order.
    """
    mine, theirs = parts
    forms = mine.told["ends"]
    first: dict[str, int] = {}
    same = list(range(len(forms)))
    for at, names in enumerate(zip(mine.values, theirs.values, strict=True)):
        sides = [f"{side}:{name}" for side, name in enumerate(names)]
        met = {same[first[each]] for each in sides if each in first}
        same = [min(met) if place in {at, *met} else place for place in same] if met else same
        for each in sides:
            first.setdefault(each, at)
    if any(forms[at] != forms[place] for at, place in enumerate(same)):
        return None
    kept = [at for at, place in enumerate(same) if at == place]
    told = {**mine.told, "ends": tuple(forms[at] for at in kept)}

    def once(part: Part) -> Part:
        aliases = {part.values[at]: part.values[place] for at, place in enumerate(same)}
        aliases = {alias: value for alias, value in aliases.items() if alias != value}
        return replace(part, values=tuple(part.values[at] for at in kept), told=told, aliases=aliases)

    return once(mine), once(theirs)


def _axes(mine: Part, theirs: Part) -> tuple[Named, Named]:
    """The names of the axes of what leaves both parts: as the shorter one of them tells, which has a layer for it."""
    found: tuple[Named, Named] = {}, {}
    for a, b, form in zip(mine.values, theirs.values, mine.told["ends"], strict=True):
        left, right = mine.graph.values[a].axes, theirs.graph.values[b].axes
        if left is not None and (right is None or len(mine.layers) <= len(theirs.layers)):
            found[0][a], found[1][b] = left, tuple(left[axis] for axis in form)
        elif right is not None:
            places = {axis: place for place, axis in enumerate(form)}
            found[0][a], found[1][b] = tuple(right[places[axis]] for axis in range(len(form))), right
    return found


def _merged(graph: LayerGraph, found: Sequence[Parts], axes: Named, side: int) -> LayerGraph | None:
    """A graph with one layer in the place of each of its parts, and names of what they give.

    None where parts as a whole would each need what the other one gives.
    """
    parts = [(each[side], each[1 - side]) for each in found]
    whole = {both[side].layers[-1].path: _one(both, side) for both in found if both[0].layers and both[1].layers}
    merged = [mine for mine, theirs in parts if mine.layers and theirs.layers]
    aliases = {alias: root for mine, theirs in parts if not theirs.layers for alias, root in _handed_on(mine, theirs)}
    aliases |= {alias: aliases.get(value, value) for mine, _ in parts for alias, value in mine.aliases.items()}
    gone = {path for part in merged for path in part.paths - _used_outside(part)}
    kept = [whole.get(layer.path, layer) for layer in graph.layers if layer.path in whole or layer.path not in gone]
    in_order = _sorted(kept, graph.inputs)
    if in_order is None:
        return None
    done = replace(graph, layers=in_order)
    return named_anew(without_copies(eliminate_dead_code(rewrite(done, aliases=aliases))), axes)


def _handed_on(mine: Part, theirs: Part) -> Iterator[tuple[str, str]]:
    """The values that are made of layers which change nothing, and what they are made of."""
    back = {name: root for root, name in mine.roots.items()}
    for value, twin in zip(mine.values, theirs.values, strict=True):
        yield value, back[theirs.roots[twin]]


def gives_more(part: Part) -> bool:
    """Whether a layer gives besides what leaves a part something that is used elsewhere: it can be in no region.

    It would have to stay for that, and what it makes for the part be made twice.
    """
    kept = _used_outside(part)
    return any(layer.path in kept and not {*part.values}.isdisjoint(layer.outputs) for layer in part.layers)


def _used_outside(part: Part) -> set[str]:
    """Layers of a part of which something else takes a value that is no end of it, and what makes that."""
    kept: set[str] = set()
    for layer in part.layers[::-1]:
        for value in layer.outputs:
            users = [user.path for user in part.graph.consumers.get(value, ())]
            outside = value in part.graph.outputs or any(path in kept or path not in part.paths for path in users)
            if value not in part.values and value not in part.aliases and outside:
                kept.add(layer.path)
    return kept


def _one(parts: Parts, side: int) -> Layer:
    part, last = parts[side], parts[side].layers[-1]
    told = {**part.told, "twins": tuple(each.layers[-1].path for each in parts)}
    weights: dict[str, Weight] = {}
    for layer in part.layers:
        weights.update({weight.storage: weight for weight in layer.weights})
    sources = tuple(dict.fromkeys(source for layer in part.layers[::-1] for source in layer.sources))
    notes = (Note(Undone.DECOMPOSED, f"{len(part.layers)} operators compute what the other model computes here"),)
    inputs = tuple(sorted(part.roots, key=lambda value: part.roots[value]))
    return Layer(last.path, "region", told, tuple(weights.values()), inputs, part.values, sources, last.op, notes)


def _sorted(layers: Sequence[Layer], inputs: Sequence[str]) -> tuple[Layer, ...] | None:
    """Producers before consumers, in the given order otherwise; None where layers need each other."""
    producers = {value: layer for layer in layers for value in layer.outputs}
    done: dict[str, Layer] = {}
    entered: set[str] = set()
    for first in layers:
        waiting = [first]
        while waiting:
            layer = waiting[-1]
            before = [producers[value] for value in layer.inputs if value in producers and value not in inputs]
            open_ = [each for each in before if each.path not in done]
            if layer.path in done or not open_:
                done.setdefault(layer.path, waiting.pop())
            elif not entered.isdisjoint(each.path for each in open_):
                return None
            else:
                entered.add(layer.path)
                waiting += open_
    return tuple(done.values())
