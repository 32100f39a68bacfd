"""Number types: of aligned weights, of what aligned layers compute in, and of what the models take and give."""

from collections.abc import Iterator

from parity.alignment import End
from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison.counts import by_role
from parity.graph import Evidence, Framework, Layer, LayerGraph
from parity.kinds import COMPUTED_IN

REAL = {"float16", "bfloat16", "float32", "float64"}
PRECISION = "computed in"
LOOKS_UP = {"embedding", "embedding_bag", "gather", "one_hot", "cast"}
"""Kinds that take whole numbers of any type for the places that they are, or turn them into another one."""

SINGLE = "float32"
"""What Keras computes in unless it is told otherwise."""


def differences(view: View) -> Iterator[Difference]:
    """Every weight, layer, input and output of another type of number."""
    for left, right in view.pairs:
        for role, mine, theirs in by_role(left, right):
            if mine is not None and theirs is not None and mine.dtype != theirs.dtype:
                yield Difference(Topic.DTYPE, Facet.ATTRIBUTES, left, right, role, mine.dtype, theirs.dtype)
        if COMPUTED_IN in left.attributes or COMPUTED_IN in right.attributes:
            types = _computed_in(view.left, left), _computed_in(view.right, right)
            if None not in types and types[0] != types[1]:
                yield Difference(Topic.PRECISION, Facet.ATTRIBUTES, left, right, PRECISION, *types)
    if view.left.evidence is Evidence.GRAPH is view.right.evidence:
        yield from _interface(view)


def _interface(view: View) -> Iterator[Difference]:
    for left, right in view.pairs:
        if left.kind == "input" == right.kind:
            types = _type(view.left, left.outputs[0]), _type(view.right, right.outputs[0])
            if _refused(view, *types) or _computes_with(view, left, right, types):
                yield Difference(Topic.NUMBER_TYPE, Facet.ATTRIBUTES, left, right, "input", *types)
    for end in view.alignment.outputs if view.left.output_types and view.right.output_types else ():
        yield from _of_output(view, end)


def _of_output(view: View, end: End) -> Iterator[Difference]:
    """The types of an output: as the sources record them, or as their layers compute."""
    a, b = view.left.outputs[end.left], view.right.outputs[end.right]
    mine, theirs = view.left.producers.get(a), view.right.producers.get(b)
    types = view.left.output_types[end.left], view.right.output_types[end.right]
    if mine is None or theirs is None:
        return
    if None in types:
        ends = _main(view.left, mine), _main(view.right, theirs)
        if any(COMPUTED_IN in each.attributes for each in ends):
            types = _computed_in(view.left, ends[0]), _computed_in(view.right, ends[1])
    passed_on = mine.kind == theirs.kind == "input" and types == (_type(view.left, a), _type(view.right, b))
    if (_refused(view, *types) or _other_output(view, *types)) and not passed_on:
        yield Difference(Topic.NUMBER_TYPE, Facet.ATTRIBUTES, mine, theirs, f"output {end.left}", *types)


def _main(graph: LayerGraph, layer: Layer) -> Layer:
    """The layer of the same row that tells what it computes in: an activation inside another layer does not."""
    same = (each for each in graph.layers if each.source == layer.source and COMPUTED_IN in each.attributes)
    return next(same, layer)


def _type(graph: LayerGraph, value: str) -> str | None:
    found = graph.values.get(value)
    return None if found is None else found.dtype


def _computes_with(view: View, left: Layer, right: Layer, types: tuple[str | None, str | None]) -> bool:
    """Whether two models of one framework compute with whole numbers of two types, which end at other numbers.

    Where they are only looked up or turned into another type, those of any type will do; not where they are given back.
    """
    if view.left.framework is not view.right.framework or None in types or types[0] == types[1]:
        return False
    if left.outputs[0] in view.left.outputs or right.outputs[0] in view.right.outputs:
        return True
    users = (*view.left.consumers.get(left.outputs[0], ()), *view.right.consumers.get(right.outputs[0], ()))
    return any(user.kind not in LOOKS_UP for user in users)


def _refused(view: View, mine: str | None, theirs: str | None) -> bool:
    """Whether what takes the one type refuses the other.

    Runtimes of ONNX take the type that is stated. Keras and PyTorch look up whole numbers of any size, but compute with
    real ones of one type; to which Keras casts what it is given, so that any will do where the other side is not Keras.
    """
    if mine is None or theirs is None or mine == theirs:
        return False
    frameworks = {view.left.framework, view.right.framework}
    cast = Framework.KERAS in frameworks and len(frameworks) > 1
    return frameworks == {Framework.ONNX} or (not cast and not REAL.isdisjoint({mine, theirs}))


def _other_output(view: View, mine: str | None, theirs: str | None) -> bool:
    """Whether outputs are of two types that nothing casts: one real that a file of ONNX states, whole ones at home.

    Whole numbers of two types end at other numbers; between frameworks they are places, of which each has its own type.
    Truth values are no numbers.
    """
    if mine is None or theirs is None or mine == theirs:
        return False
    whole = [each.startswith(("int", "uint")) for each in (mine, theirs)]
    real = [each in REAL for each in (mine, theirs)]
    stated = Framework.ONNX in (view.left.framework, view.right.framework) and any(real)
    if stated and all(one or other for one, other in zip(whole, real, strict=True)):
        return True
    told = [one or each == "bool" for one, each in zip(whole, (mine, theirs), strict=True)]
    return all(told) and view.left.framework is view.right.framework


def _computed_in(graph: LayerGraph, layer: Layer) -> str | None:
    """The dtype that a layer computes in, as its policy tells, or what it gives; None where neither does."""
    if graph.framework is Framework.KERAS:
        return str(layer.attributes.get(COMPUTED_IN, SINGLE))
    value = graph.values.get(layer.outputs[0]) if layer.outputs else None
    types = [value.dtype if value is not None else None, *(weight.dtype for weight in layer.weights)]
    return next((each for each in types if each is not None and "float" in each), None)
