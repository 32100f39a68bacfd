"""Tensors that an exporter has computed of others beforehand, since they do not depend on what comes in.

It stores what came out in the place of a table of positions, of a function of a trained number, of a scale and its
square root. The other model is brought to that form where it alone computes it: what the result is computed of stands
in its place then.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import Any

from parity.graph import Census, Evidence, Layer, LayerGraph, Value, Weight
from parity.graph.provenance import fuse
from parity.kinds import flat
from parity.pairing._operand_places import Key, Place, alone, held, in_place, key_of, side, wide
from parity.passes._computed import COMPUTED_BEFORE, LOOKUPS, Computed, call_of, calls_of, told_functions
from parity.passes._rewrite import rewrite
from parity.passes.arithmetic.fuse_bias import fuse_bias
from parity.passes.canonical.eliminate_common_subexpressions import eliminate_common_subexpressions
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.patterns import close

INDICES = frozenset(("add", "sub", "mul", "cumsum", "ne", "eq", "floor_divide", "remainder", "clamp", "where"))
"""PyTorch's calls that compute places in a table."""

PRODUCT = ":product"
"""What the product of a dense layer is called, apart from the sum with its bias."""

LAYERS = 64
"""Results that take more layers are left alone."""

UNKNOWN_KINDS = {"opaque", "random", "input", "unused"}
COUNTED = frozenset({Census.TRAINABLE, Census.FROZEN, Census.STATE, Census.UNKNOWN})
"""What an exporter stores too, if it does not compute something of it."""

Places = Mapping[Key, list[Place]]


@dataclass
class _Search:
    """What may still be put in places.

    Attributes:
        places: those where the other model has a stored tensor that this one has not, by the names that this one's
            weights have among what the exporter says it is computed of; None for those not seen to be computed.
        lacking: the sizes of the weights that the other model has fewer of.
        names: those of all weights of this one whose numbers are not known.
        found: the places of results, by what makes them: equal ones may all be stored once.
        spent: the storages of weights that are accounted for.
        inside: the paths of layers that make a result which is stored.
    """

    places: Mapping[Key, dict[frozenset[str] | None, list[Place]]]
    lacking: Counter[tuple[int, ...]]
    names: set[str]
    found: dict[Any, Place] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)


def computed_before(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Let what a result is computed of stand in its place, where the other model has a stored tensor of its size."""
    if not (graph.evidence is other.evidence is Evidence.GRAPH and other.inference_only):
        return graph
    fixed = _fixed(graph)
    places = _places(graph, other, fixed)
    if not places:
        return graph
    made = {id(place.weight) for each in places.values() for place in each if place.names is not None}
    lacking = Counter(each.shape for each in _counted(graph))
    lacking -= Counter(each.shape for each in _counted(other) if id(each) not in made)
    names = _learned(graph.weights)
    search, split = _Search(_by_names(places, names), lacking, names), _biases_apart(graph, places, fixed)
    fixed = fixed if split is graph else _fixed(split)
    replaced: dict[str, Layer] = {}
    # What depends on the input comes first, then what is made last: a result that only makes another is not stored.
    own = [layer for layer in split.layers if fixed.issuperset(layer.outputs)]
    for layer in (*(each for each in split.layers if not fixed.issuperset(each.outputs)), *reversed(own)):
        if layer.path in search.inside:
            continue
        for written in _written(split, layer, fixed, search):
            replaced.setdefault(written.path, written)  # one that several take has been written with its weights
    done = rewrite(split, replaced=replaced)
    return fuse_bias(eliminate_common_subexpressions(eliminate_dead_code(done))) if replaced else graph


def _written(graph: LayerGraph, layer: Layer, fixed: set[str], search: _Search) -> Iterator[Layer]:
    """What is written anew for the fixed inputs of a layer: their makers, as many as there are, or once itself."""
    some = False
    for value in layer.inputs:
        written = _stored(graph, layer, value, search) if value in fixed else None
        if written is None:
            continue
        yield written
        if written.path == layer.path:
            return
        some = True
    written = None if some else _numbers_stored(layer, search)
    if written is not None:
        yield written


def _biases_apart(graph: LayerGraph, places: Places, fixed: set[str]) -> LayerGraph:
    """The graph with a sum for the bias of each fixed dense layer, where the other model may store a product."""
    replaced: dict[str, Layer] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        bias = layer.weight("bias") if layer.kind == "dense" and fixed.issuperset(layer.outputs) else None
        if bias is None or not layer.outputs:
            continue
        made = graph.values[layer.outputs[0]]
        if ("elementwise", "add", wide(made.shape), 0) not in places:
            continue
        value, path = f"{layer.outputs[0]}{PRODUCT}", f"{layer.path}:bias"
        attributes = {"function": "add", "operand_shapes": (bias.shape,), "operand_axis": -1}
        row = replace(bias, role="operand", axes="c")
        kept = tuple(each for each in layer.weights if each is not bias)
        sums = replace(layer, kind="elementwise", attributes=attributes, path=path, inputs=(value,), weights=(row,))
        values[value], after[layer.path] = made, (sums,)
        replaced[layer.path] = replace(layer, outputs=(value,), weights=kept)
    return rewrite(graph, replaced=replaced, after=after, values=values)


def _counted(graph: LayerGraph) -> list[Weight]:
    found = {each.storage: each for layer in graph.layers for each in layer.weights if each.census in COUNTED}
    return list(found.values())


def _learned(weights: Iterable[Weight]) -> set[str]:
    """The names of weights whose numbers are not known."""
    return {each.name for each in weights if each.census in COUNTED and each.numbers is None}


def _places(graph: LayerGraph, other: LayerGraph, fixed: set[str]) -> dict[Key, list[Place]]:
    """Where the other model has stored tensors, as far as it has more of them beside what comes in than this one."""
    own = Counter(key for layer in graph.layers if not fixed.issuperset(layer.outputs) for key, _ in held(layer))
    found: dict[Key, list[Place]] = {}
    for layer in other.layers:
        for key, place in held(layer):
            found.setdefault(key, []).append(place)
    # What is not seen to be made by an exporter is rather what this model has too.
    ordered = {key: sorted(places, key=lambda place: place.names is not None) for key, places in found.items()}
    return {key: places[own[key] :] for key, places in ordered.items() if len(places) > own[key]}


def _by_names(places: Places, names: set[str]) -> dict[Key, dict[frozenset[str] | None, list[Place]]]:
    """The places of each key by the names that are known here; the first is the last of its list, where it is taken."""
    found: dict[Key, dict[frozenset[str] | None, list[Place]]] = {}
    for key, each in places.items():
        for place in reversed(each):
            of = frozenset(names.intersection(place.names)) if place.names is not None else None
            found.setdefault(key, {}).setdefault(of, []).append(place)
    return found


def _fixed(graph: LayerGraph) -> set[str]:
    """The values that do not depend on what comes in."""
    found: set[str] = set()
    for layer in graph.layers:
        if layer.kind not in UNKNOWN_KINDS and len(layer.outputs) == 1 and found.issuperset(layer.inputs):
            found.add(layer.outputs[0])
    return found


def _tree(graph: LayerGraph, value: str) -> tuple[Layer, ...]:
    """The layers that make a value of nothing that comes in, producers first; none where they are too many."""
    found: dict[str, Layer] = {}
    waiting = [value]
    while waiting:
        layer = graph.producers[waiting.pop()]
        if layer.path not in found:
            found[layer.path] = layer
            waiting += layer.inputs
        if len(found) > LAYERS:
            return ()
    return tuple(sorted(found.values(), key=lambda layer: graph.places[layer.path]))


def _stored(graph: LayerGraph, layer: Layer, value: str, search: _Search) -> Layer | None:
    """A layer with what a fixed input is computed of in the place of that; None where nothing tells to write so."""
    key = key_of(layer, value, graph.shape(value))
    if key is not None and not search.places.get(key):
        key = alone(graph.shape(value))
    tree = _tree(graph, value) if key is not None and (search.places.get(key) or search.found) else ()
    weights = {each.storage: each for part in tree for each in part.weights}
    names = _learned(weights.values())
    if key is None or not names:
        return None
    how = _how(tree)
    mark = key, how
    idle = all(part.kind == "dropout" and not part.attributes.get("always") for part in tree)
    new = [each for name, each in weights.items() if idle or name not in search.spent]
    places = [search.found[mark]] if mark in search.found else _chosen(search, key, names, idle=idle)
    if not places:
        return None
    place = places[-1]
    told = names == search.names.intersection(place.names or ())
    if mark not in search.found:
        sizes = Counter(each.shape for each in new if each.census in COUNTED)
        if not idle and not told and place.role and sizes - search.lacking:
            return None
        search.found[mark] = places.pop()
        search.lacking -= Counter() if idle else sizes
    search.spent.update(each.storage for each in new)
    search.inside.update(each.path for each in tree)
    role = place.role or "operand"
    roles = (role, *(f"{role} {nth}" for nth in range(1, len(new))))
    user = tree[-1] if place.layer.kind == "expand" != layer.kind else layer
    made = in_place(graph, user, value, place, new, roles)
    if idle:
        return fuse(made, tree[::-1], f"{tree[0].source} does nothing in inference")
    shown = _shows(place, tree, names, search)
    count = sum(each.numel for each in weights.values())
    named = tuple(each.name for each in weights.values())
    computed = Computed(roles, named, count, shown, _alone(graph, tree, value), how)
    made = replace(made, attributes={**made.attributes, COMPUTED_BEFORE: computed})
    return fuse(made, tree[::-1], f"{tree[-1].source} returns the same each time")


def _how(tree: Sequence[Layer]) -> str:
    """The same for trees that compute the same of the same stored tensors, whatever their values are called."""
    values = (value for layer in tree for value in layer.outputs)
    places = {value: place for place, value in enumerate(values)}
    told = [
        (
            part.kind,
            part.attributes,
            [places.get(value) for value in part.inputs],
            [each.storage for each in part.weights],
        )
        for part in tree
    ]
    return blake2s(repr(told).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _alone(graph: LayerGraph, tree: Sequence[Layer], value: str) -> LayerGraph:
    """The layers that make a value, as a graph without inputs."""
    values = {each: graph.values[each] for layer in tree for each in layer.outputs}
    weights = {each.storage: each for layer in tree for each in layer.weights}
    return replace(
        graph, layers=tuple(tree), values=values, weights=tuple(weights.values()), inputs=(), outputs=(value,)
    )


def _shows(place: Place, tree: Sequence[Layer], names: set[str], search: _Search) -> bool:
    """Whether the file shows that a tensor is computed by the layers of a tree of the weights of these names.

    PyTorch's exporters name a value after the call that makes it, in ``torch.export`` and in a file. Where nothing is
    told, rows can only be copied.
    """
    made = {call_of(value) for part in tree for value in part.outputs}
    functions = {call_of(value) for part in tree if part.kind not in LOOKUPS for value in part.outputs}
    if place.weight is None or not place.names:
        return place.weight is None or not functions
    told = calls_of(place.weight, search.names)
    # Of a layer that is taken apart its last part is the one with its name.
    split = {call_of(place.layer.outputs[0])} if tree[-1].outputs[0].endswith(PRODUCT) else set()
    sources = {call_of(each) for part in tree for each in part.sources}
    of_these = not functions or names == search.names.intersection(place.names)
    # Numbers in the place of indices do not tell how they were computed; nothing but that comes before a lookup.
    looks_up = not functions and call_of(place.weight.name) == call_of(tree[-1].outputs[0])
    indices = INDICES if looks_up and tree[-1].kind in {"embedding", "gather"} else frozenset()
    return of_these and functions <= told | split and told_functions(told) <= made | sources | indices


def _chosen(search: _Search, key: Key, names: set[str], *, idle: bool) -> list[Place]:
    """The places of what the exporter says is computed of the weights of these names, or else of names unknown here.

    Where nothing is computed, any place may have the weight itself.
    """
    by_names = search.places.get(key, {})
    ways = (frozenset(names), frozenset(), *(by_names if idle else ()))
    return next((places for each in ways if (places := by_names.get(each))), [])


def _numbers_stored(layer: Layer, search: _Search) -> Layer | None:
    """A layer whose setting of several numbers the other model stores, without the setting; None where it does not."""
    operand, shapes = layer.attributes.get("operand"), layer.attributes.get("operand_shapes", ())
    if layer.kind != "elementwise" or not isinstance(operand, tuple) or len(shapes) != 1 or layer.weights:
        return None
    key = "elementwise", layer.attributes.get("function"), wide(shapes[0]), side(layer)
    places, numbers = search.places.get(key, {}).get(frozenset(), []), flat(operand)[0]
    for at in reversed(range(len(places))):
        place, weight = places[at], places[at].weight
        found = weight.numbers if weight is not None else None
        if found is not None and len(numbers) == len(found) and all(map(close, numbers, found)):
            del places[at]
            attributes = {name: each for name, each in layer.attributes.items() if name != "operand"}
            computed = Computed((place.role,), (), 0, shown=True)
            return replace(layer, attributes={**attributes, COMPUTED_BEFORE: computed})
    return None
