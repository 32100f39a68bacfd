"""What joins the two directions of a recurrent layer, and what of each it joins."""

from parity.comparison import Difference, Topic, View
from parity.graph import Layer, LayerGraph
from parity.kinds import RECURRENT

OUTPUTS = ("whole sequence", "last state", "cell state")


def directions(graph: LayerGraph, layer: Layer | None) -> tuple[Layer, ...]:
    """The two recurrent layers, one of them reversed, whose outputs a layer joins; none where it does not join such."""
    if layer is None or layer.kind not in {"concat", "elementwise"} or len(layer.inputs) != 2:
        return ()
    makers = [graph.producers.get(value) for value in layer.inputs]
    found = tuple(maker for maker in makers if maker is not None and maker.kind in RECURRENT)
    ways = {bool(maker.attributes.get("reverse")) for maker in found}
    return found if len(found) == 2 == len(ways) else ()


def joined(graph: LayerGraph, layer: Layer) -> str:
    """How a layer joins them, and what of them: ``concat of the whole sequences``."""
    how = "concat" if layer.kind == "concat" else str(layer.attributes.get("function"))
    places = {maker.outputs.index(value) for value, maker in zip(layer.inputs, directions(graph, layer), strict=True)}
    what = OUTPUTS[places.pop()] if len(places) == 1 else "other outputs"
    return f"{how} of the {what}s"


def merge(difference: Difference, view: View) -> Layer | None:
    """The joining layer that a difference is about, on the side that it is told of."""
    for graph, layer in ((view.left, difference.left), (view.right, difference.right)):
        if layer is None:
            continue
        if directions(graph, layer):
            return layer
        before = graph.producers.get(layer.inputs[0]) if layer.inputs else None
        if layer.kind == "select" and difference.topic is Topic.LAYER and directions(graph, before):
            return before
    return None


def counterparts(layer: Layer, view: View) -> tuple[Layer, Layer] | None:
    """The joining layers of both sides whose directions are each other's counterparts, given one of them."""
    of_left = layer.path in view.left_layers
    own, other = (view.left, view.right) if of_left else (view.right, view.left)
    twins = [view.counterpart(each, of_left=of_left) for each in directions(own, layer)]
    if None in twins:
        return None
    users = {
        user.path: user for twin in twins if twin for value in twin.outputs for user in other.consumers.get(value, ())
    }
    wanted = {twin.path for twin in twins if twin is not None}
    for user in users.values():
        if {each.path for each in directions(other, user)} == wanted:
            return (layer, user) if of_left else (user, layer)
    return None
