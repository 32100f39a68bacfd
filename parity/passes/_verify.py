"""What holds of every graph, after reading and after each rewrite; for tests, and for ``PARITY_VERIFY=1``."""

from collections.abc import Iterator

from parity.errors import ParityError
from parity.graph import Evidence, LayerGraph
from parity.kinds import Draft, kind, undeclared, wrong_type
from parity.sizes import contradict


def problems(graph: LayerGraph) -> Iterator[str]:
    """What is wrong with a graph, in words; nothing where it is sound.

    Every value has one producer that comes before its consumers, every path is unique, what a kind says of a shape is
    not contradicted by the graph, every weight that a layer uses is one of the model, every layer tells which rows of
    the source it stands for, and carries no attribute that its kind does not declare.
    """
    yield from wiring(graph)
    yield from _shapes(graph)
    yield from _provenance(graph)
    yield from _attributes(graph)


def verify(graph: LayerGraph, after: str = "") -> None:
    """Check a graph.

    Raises:
        ParityError: something does not hold; names the first thing, and after what.
    """
    for problem in problems(graph):
        raise ParityError("the graph is not sound", problem, found=f"after {after}" if after else "")


def wiring(graph: LayerGraph) -> Iterator[str]:
    """What is wrong with the order of layers and with who makes which value, in words."""
    if graph.evidence is not Evidence.GRAPH:
        return
    made: dict[str, str] = dict.fromkeys(graph.inputs, "the model's inputs")
    paths: set[str] = set()
    for layer in graph.layers:
        if layer.path in paths:
            yield f"two layers are called {layer.path}"
        paths.add(layer.path)
        yield from (f"{layer.path} uses {value} before it is produced" for value in layer.inputs if value not in made)
        for value in layer.outputs:
            if value in made and layer.kind != "input":
                yield f"{value} is produced by {layer.path} and by {made[value]}"
            made[value] = layer.path
    yield from (f"nothing produces the output {value}" for value in graph.outputs if value not in made)


def _shapes(graph: LayerGraph) -> Iterator[str]:
    if graph.evidence is not Evidence.GRAPH:
        return
    for layer in graph.layers:
        told = kind(layer.kind).shape(layer.attributes, [graph.shape(value) for value in layer.inputs])
        for value, shape in zip(layer.outputs, told, strict=False):
            found = graph.shape(value)
            if shape is not None and found is not None and contradict(shape, found):
                yield f"{layer.path} ({layer.kind}) makes {shape} of its inputs, and {value} is {found}"


def _provenance(graph: LayerGraph) -> Iterator[str]:
    known = {weight.storage for weight in graph.weights}
    for layer in graph.layers:
        yield from (
            f"{layer.path} uses {weight.name}, which is not a weight of the model"
            for weight in layer.weights
            if weight.storage not in known and not weight.pieces and "[" not in weight.storage
        )
        if not layer.sources and layer.outputs and layer.kind != "input":
            yield f"{layer.path} does not record which operators of the source it represents"


def _attributes(graph: LayerGraph) -> Iterator[str]:
    for layer in graph.layers:
        yield from (
            f"{layer.path} has the attribute {name}, which the kind {layer.kind} does not declare"
            for name in undeclared(layer.attributes, kind(layer.kind))
        )
        if mistyped := wrong_type((Draft(layer.kind, layer.attributes, (), ()),), {layer.kind: kind(layer.kind)}):
            yield f"{layer.path} ({layer.kind}): {mistyped}"
