"""A stored matrix that is turned before it multiplies, or is looked up in, is one of the other layout."""

from collections.abc import Sequence
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite


def fold_weight_transposes(graph: LayerGraph) -> LayerGraph:
    """Make dense layers and embeddings of products with, and lookups in, the transposed of a stored matrix.

    One that is turned twice is used as it is: ``linear(x, encoder.weight.t())``, which turns its weight itself.
    """
    graph = _turned_back(graph)
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    read: dict[Weight, list[Weight]] = {}
    for turn in graph.layers:
        weight = _turned(turn)
        users = graph.consumers.get(turn.outputs[0], ()) if weight is not None else ()
        made = [(user.path, _read(user, turn, weight)) for user in users if weight is not None]
        found = {path: layer for path, layer in made if layer is not None}
        if weight is None or not users or len(found) < len(made) or turn.outputs[0] in graph.outputs:
            continue
        replaced.update(found)
        dropped.add(turn.path)
        read.setdefault(weight, []).extend(each for layer in found.values() for each in layer.weights)
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    return done if done is graph else replace(done, weights=_now(graph.weights, read))


def _turned_back(graph: LayerGraph) -> LayerGraph:
    """The graph with dense layers of products with stored matrices that are turned twice."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    read: dict[Weight, list[Weight]] = {}
    for turn in graph.layers:
        weight, back = _turned(turn), graph.consumers.get(turn.outputs[0], ()) if turn.outputs else ()
        if weight is None or len(back) != 1 or back[0].kind != "permute" or back[0].attributes.get("order") != (1, 0):
            continue
        value = back[0].outputs[0]
        users = graph.consumers.get(value, ())
        if (
            not users
            or {turn.outputs[0], value} & {*graph.outputs}
            or not all(_multiplies(user, value) for user in users)
        ):
            continue
        rows, units = weight.shape
        kernel = replace(weight, role="kernel", axes="in out")
        for user in users:
            attributes = {"units": units, "in_features": rows}
            made = replace(user, kind="dense", attributes=attributes, inputs=user.inputs[:1], weights=(kernel,))
            replaced[user.path] = fuse(made, (back[0], turn), f"{turn.source} and it transpose its weights")
        dropped |= {turn.path, back[0].path}
        read[weight] = [kernel]
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    return done if done is graph else replace(done, weights=_now(graph.weights, read))


def _multiplies(user: Layer, value: str) -> bool:
    """Whether a layer is a product with a value, and of nothing that is stored."""
    return user.kind == "matmul" and user.inputs[1:] == (value,) and not user.weights and not user.attributes


def _turned(layer: Layer) -> Weight | None:
    """The stored matrix of which a layer gives the transposed one."""
    swaps = layer.kind == "permute" and layer.attributes.get("order") == (1, 0) and not layer.inputs
    return layer.weights[0] if swaps and len(layer.weights) == 1 and len(layer.weights[0].shape) == 2 else None


def _read(user: Layer, turn: Layer, weight: Weight) -> Layer | None:
    """What a product or a lookup is with the matrix as it is stored; None for any other use."""
    first, last = weight.shape
    rest = tuple(value for value in user.inputs if value != turn.outputs[0])
    lengths = tuple(each for each in user.weights if each.role == "magnitude")
    if lengths != user.weights or len(user.inputs) != 2 or len(rest) != 1:  # the matrix and another value
        return None
    if user.kind == "matmul" and user.inputs[1] == turn.outputs[0] and not user.attributes:
        kernel = replace(weight, role="kernel", axes="out in")
        made = replace(user, kind="dense", attributes={"units": first, "in_features": last}, weights=(kernel, *lengths))
    elif not lengths and user.kind == "gather" and user.inputs[0] == turn.outputs[0] and _takes_rows(user):
        table = replace(weight, role="embeddings", axes="dim vocab")
        told = {"vocab": last, "dim": first, "mask_zero": False, "untrained_row": None}
        made = replace(user, kind="embedding", attributes=told, weights=(table,))
    else:
        return None
    return fuse(replace(made, inputs=rest), (turn,), f"{turn.source} transposes its weights")


def _takes_rows(layer: Layer) -> bool:
    return layer.attributes.get("mode") == "take" and layer.attributes.get("axis") == 0


def _now(weights: Sequence[Weight], read: dict[Weight, list[Weight]]) -> tuple[Weight, ...]:
    """The weights of the model, with what those that were turned are to the layers that use them."""
    return tuple(now for weight in weights for now in dict.fromkeys(read.get(weight, [weight])))
