"""What every reader's graph must be, whatever the file says: sizes within reason, and no loop."""

from collections.abc import Iterator

from parity.errors import UnreadableModel
from parity.graph import Evidence, Shape, SourceGraph

MOST_AXES = 64
"""No framework has arrays of more."""


def sound(graph: SourceGraph, where: str) -> SourceGraph:
    """The graph, if it is one.

    Args:
        graph: what a reader has made.
        where: the file or object, as the user named it.

    Raises:
        UnreadableModel: a name is not text; something has more axes than any array, is made twice, or of itself.
    """
    for name, shape in _shapes(graph):
        if len(shape) > MOST_AXES:
            found = f"{len(shape):,} of {name[:100]!r}"
            raise UnreadableModel(where, f"a shape has more than {MOST_AXES} axes", found=found)
    for node in graph.nodes:
        names = (node.path, node.layer, node.op, *node.inputs, *node.weights, *node.attributes, *node.outputs)
        wrong = next((name for name in (*names, *node.inputs.values()) if not isinstance(name, str)), None)
        if wrong is not None:
            raise UnreadableModel(
                where, "a name in it is not text", found=f"{str(wrong)[:100]} of {str(node.path)[:100]!r}"
            )
    if graph.evidence is Evidence.GRAPH:
        _check_order(graph, where)
    return graph


def _shapes(graph: SourceGraph) -> Iterator[tuple[str, Shape]]:
    yield from ((name, value.shape) for name, value in graph.values.items() if value.shape is not None)
    yield from ((name, weight.shape) for name, weight in graph.weights.items())


def _check_order(graph: SourceGraph, where: str) -> None:
    """Producers come before consumers, and each value has one."""
    made = set(graph.inputs)
    later = {value for node in graph.nodes for value in node.outputs}
    for node in graph.nodes:
        early = next((value for value in node.inputs.values() if value in later and value not in made), None)
        if early is not None:
            raise UnreadableModel(where, "its calls form a cycle or are out of order", found=early[:100])
        twice = next((value for value in node.outputs if value in made), None)
        if twice is not None:
            raise UnreadableModel(where, "a value is produced twice", found=twice[:100])
        made.update(node.outputs)
