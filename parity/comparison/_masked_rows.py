"""A row of an embedding that is multiplied by zero wherever it is taken: nothing trains it, whatever settings say."""

from parity.comparison._contract import View
from parity.graph import Layer, LayerGraph

ROW = "untrained_row"
"""The attribute of an embedding that names the row which is not trained."""

KEEPING = {"cast", "reshape", "expand", "permute", "identity"}
"""Kinds that stand between a test of tokens and the product with what was looked up for them."""

DEEP = 8
"""So many of them are looked through."""


def is_masked_anyway(view: View, left: Layer, right: Layer) -> bool:
    """Whether the row that one side says not to train gets no gradient on the other side either."""
    rows = left.attributes.get(ROW), right.attributes.get(ROW)
    if None not in rows or rows[0] == rows[1]:
        return False
    row = rows[0] if rows[0] is not None else rows[1]
    graph, layer = (view.right, right) if rows[1] is None else (view.left, left)
    return isinstance(row, int) and _is_masked(graph, layer, row)


def _is_masked(graph: LayerGraph, layer: Layer, row: int) -> bool:
    users = [(user, value) for value in layer.outputs for user in graph.consumers.get(value, ())]
    ends = any(value in graph.outputs for value in layer.outputs)
    return bool(users) and not ends and all(_masks(graph, user, value, layer, row) for user, value in users)


def _masks(graph: LayerGraph, user: Layer, value: str, layer: Layer, row: int) -> bool:
    """Whether a layer multiplies what is looked up by a test of the tokens that is 0 for a row."""
    if user.kind != "elementwise" or user.attributes.get("function") != "multiply":
        return False
    return any(_tests(graph, other, layer.inputs, row) for other in user.inputs if other != value)


def _tests(graph: LayerGraph, value: str, tokens: tuple[str, ...], row: int) -> bool:
    for _ in range(DEEP):
        maker = graph.producers.get(value)
        if maker is None or not maker.inputs:
            return False
        if maker.kind not in KEEPING:
            told = maker.attributes.get("function"), maker.attributes.get("operand")
            return maker.kind == "elementwise" and told == ("not_equal", row) and maker.inputs == tokens
        value = maker.inputs[0]
    return False
