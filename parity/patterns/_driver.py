"""Finds patterns in a graph, and puts one layer in the place of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from parity.graph import Layer, LayerGraph, Weight
from parity.graph.provenance import fuse
from parity.patterns._language import START, Formula, Match, Pattern
from parity.patterns._matching import Bound, matches
from parity.patterns._polynomials import Polynomial
from parity.patterns._printing import written
from parity.patterns._reading import ARITHMETIC, between, cone, form, starts

WORDS: Mapping[str, frozenset[str]] = {
    "sqrt": frozenset({"root"}),
    "rsqrt": frozenset({"root"}),
    "std": frozenset({"root", "mean"}),
    "erfc": frozenset({"erf"}),
    "expm1": frozenset({"exp"}),
    "log1p": frozenset({"log"}),
    "sum": frozenset({"mean", "sum"}),
    **dict.fromkeys(("sum_square", "variance"), frozenset({"mean"})),
}
"""The functions of a normal form that those of layers are said in, where these are others."""

ALONE = {"where": "where", "global_average_pool": "mean"}
"""Kinds that have one function, which their layers do not tell."""


@dataclass(frozen=True, slots=True)
class _Site:
    """A layer that arithmetic may end in, the arithmetic that leads to it, and the functions in it."""

    graph: LayerGraph
    layer: Layer
    parts: tuple[Layer, ...]
    forms: dict[str, tuple[tuple[Layer, ...], Polynomial] | None]

    @property
    def functions(self) -> frozenset[str]:
        """The names that the functions of the layers have in a normal form."""
        return frozenset(each for layer in self.parts for each in _words(layer))

    def formulas(self) -> Iterator[tuple[str, tuple[Layer, ...], Polynomial]]:
        """The values that it is a formula of, with the layers between and the normal form, the nearest first."""
        for start in starts(self.parts):
            if start not in self.forms:
                parts = between(self.graph, self.layer, start, self.parts)
                found = form(self.graph, self.layer, start) if parts is not None else None
                self.forms[start] = (parts, found) if parts is not None and found is not None else None
            if (known := self.forms[start]) is not None:
                yield start, *known


def _words(layer: Layer) -> frozenset[str]:
    function = ALONE.get(layer.kind) or str(layer.attributes.get("function"))
    broken = function == "power" and layer.attributes.get("operand") not in {1.0, 2.0, 3.0, 4.0}
    return frozenset({"root"}) if broken else WORDS.get(function, frozenset({function}))


def recompose(graph: LayerGraph, patterns: Sequence[Pattern]) -> LayerGraph:
    """Let one layer stand for the arithmetic that a pattern describes.

    Args:
        graph: what is searched.
        patterns: what is searched for; of two that end in the same layer the longer one is taken.

    Returns:
        The graph with the layers in their places; the very graph that was given where none is found.
    """
    replaced: dict[str, Layer] = {}
    taken: set[str] = set()
    roles: dict[str, Weight] = {}
    formulas = sorted(
        ((each, formula) for each in patterns for formula in each.formulas), key=lambda each: -each[1].size
    )
    for layer in reversed(graph.layers):  # from the end: what is part of a formula is not one of its own
        if layer.path in taken or layer.kind not in ARITHMETIC or len(layer.outputs) != 1:
            continue
        found = _first(graph, layer, formulas)
        if found is None:
            continue
        pattern, match, (made, *more) = found
        parts = tuple({each.path: each for each in (*more, *match.parts)}.values())
        last = next((each for each in parts if each.outputs == made.outputs), layer)
        remark = f", {pattern.remark}" if pattern.remark else ""
        replaced[last.path] = fuse(made, parts, f"{len(parts)} operators that are {_called(made)}{remark}")
        taken.update(part.path for part in parts)
        roles |= {weight.name: weight for weight in made.weights}
    if not replaced:
        return graph
    layers = tuple(replaced.get(layer.path, layer) for layer in graph.layers)
    weights = tuple(roles.get(weight.name, weight) for weight in graph.weights)
    return replace(graph, layers=layers, weights=weights)


def _called(layer: Layer) -> str:
    """What a layer is called in a note: its function, or its kind."""
    return str(layer.attributes.get("function") or layer.kind.replace("_", " "))


def _first(
    graph: LayerGraph, layer: Layer, formulas: Sequence[tuple[Pattern, Formula]]
) -> tuple[Pattern, Match, Sequence[Layer]] | None:
    site = _Site(graph, layer, cone(graph, layer), {})
    known = site.functions
    for pattern, formula in formulas:
        if formula.needs <= known:
            for match in _found(site, formula):
                made = pattern.make(match)
                if made and not _same(layer, made[0]):
                    return pattern, match, made
    return None


def _same(layer: Layer, made: Layer) -> bool:
    """Whether a layer is what would stand for it."""
    return (layer.kind, layer.attributes, layer.inputs) == (made.kind, made.attributes, made.inputs)


def _found(site: _Site, wanted: Formula) -> Iterator[Match]:
    """Every way in which a layer ends what a pattern describes."""
    paths = {part.path: part for part in site.parts}
    made = site.graph.values.get(site.layer.outputs[0])
    begun = Bound(dtype=made.dtype if made is not None else None)
    for start, parts, found in site.formulas():
        for bound in matches(wanted.of, found, replace(begun, values={START: start})):
            stored = {role: paths[path] for role, path in bound.stored.items()}
            yield Match(site.graph, site.layer, start, bound.numbers, bound.settings, stored, parts)


def readable(graph: LayerGraph, layer: Layer) -> bool:
    """Whether arithmetic ends in a layer: other kinds of layers, or the caller, use what it makes."""
    ends = layer.kind in ARITHMETIC and len(layer.outputs) == 1
    users = graph.consumers.get(layer.outputs[0], ()) if ends else ()
    return ends and (layer.outputs[0] in graph.outputs or any(each.kind not in ARITHMETIC for each in users))


def why_not(pattern: Pattern, graph: LayerGraph, layer: Layer) -> str:
    """In a sentence why the arithmetic that ends in a layer is not what a pattern describes.

    Args:
        pattern: what is looked for.
        graph: what the layer is of.
        layer: the last layer of the arithmetic.

    Returns:
        What is missing, or the normal form nearest to the pattern's; empty where the pattern is found.
    """
    if layer.kind not in ARITHMETIC:
        return f"{layer.path} is a {layer.kind}, and a formula ends in one of {', '.join(sorted(ARITHMETIC))}"
    site = _Site(graph, layer, cone(graph, layer), {})
    wanted = min(pattern.formulas, key=lambda each: (len(each.needs - site.functions), each.size))
    if missing := sorted(wanted.needs - site.functions):
        return f"none of the {len(site.parts)} operators that lead to {layer.path} is {' or '.join(missing)}"
    ways = [match for formula in pattern.formulas for match in _found(site, formula)]
    if any(map(pattern.make, ways)):
        return ""
    if ways:
        return f"{layer.path} computes {pattern.name}, but its axes or its weights are not those of such a layer"
    read = [(start, found) for start, _, found in site.formulas()]
    if not read:
        return f"what leads to {layer.path} is no formula of a single value"
    start, found = min(read, key=lambda each: abs(len(each[1].terms) - len(wanted.of.terms)))
    told = f"{layer.path} is {written(found, {start: START})}, where {START} is {start}"
    return f"{told}, and {pattern.name} is {written(wanted.of)}"
