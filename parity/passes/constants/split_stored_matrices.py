"""A stored matrix of which each part is turned, or multiplied by, alone is several: queries, keys and values."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

from parity.graph import Layer, LayerGraph, Weight, Window
from parity.passes._rewrite import rewrite
from parity.passes.constants.fuse_stored_operands import part_of, window_of

MOST = 16
"""More parts than this are no queries, keys and values."""


def split_stored_matrices(graph: LayerGraph) -> LayerGraph:
    """Let what turns a part, or multiplies by it, hold that part itself, where the parts are all of the matrix."""
    cuts: dict[str, list[Layer]] = {}
    for layer in graph.layers:
        for weight in layer.weights:
            cuts.setdefault(weight.storage, []).append(layer)
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    parts: dict[str, list[Weight]] = {}
    for slices in cuts.values():
        if not _are_parts(graph, slices):
            continue
        for cut in slices:
            part = part_of(cut)
            users = graph.consumers[cut.outputs[0]]
            replaced |= {user.path: _with(user, part) for user in users}
            dropped.add(cut.path)
            parts.setdefault(cut.weights[0].name, []).append(part)
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    kept = (now for weight in graph.weights for now in parts.get(weight.name, [weight]))
    return replace(done, weights=tuple(dict.fromkeys(kept)))


def _are_parts(graph: LayerGraph, slices: Sequence[Layer]) -> bool:
    """Whether layers take all of one matrix, each element once, and nothing looks at two parts."""
    windows = [window_of(each) for each in slices]
    told = [each for each in windows if each is not None]
    if not 1 < len(told) == len(slices) <= MOST or len(slices[0].weights[0].shape) != 2:
        return False
    apart = all(_are_apart(*pair) for pair in combinations(told, 2))
    sizes = [prod(stop - start for start, stop in window) for window in told]
    whole = apart and sum(sizes) == slices[0].weights[0].numel
    return whole and all(_is_taken_alone(graph, each) for each in slices)


def _are_apart(one: Window, other: Window) -> bool:
    pairs = zip(one, other, strict=True)
    return any(mine[1] <= theirs[0] or theirs[1] <= mine[0] for mine, theirs in pairs)


def _is_taken_alone(graph: LayerGraph, cut: Layer) -> bool:
    made = cut.outputs[0]
    users = graph.consumers.get(made, ())
    return bool(users) and made not in graph.outputs and all(_turns(user) or _multiplies(user, made) for user in users)


def _turns(user: Layer) -> bool:
    return user.kind == "permute" and user.attributes.get("order") == (1, 0) and not user.weights


def _multiplies(user: Layer, made: str) -> bool:
    plain = user.kind == "matmul" and not user.weights and not user.attributes
    return plain and user.inputs[1:] == (made,) and user.inputs[0] != made


def _with(user: Layer, part: Weight) -> Layer:
    """What uses a part, holding it itself."""
    if user.kind == "permute":
        return replace(
            user,
            attributes={**user.attributes, "operands": ("stored",)},
            inputs=(),
            weights=(replace(part, role="operand"),),
        )
    rows, units = part.shape
    kernel = replace(part, role="kernel", axes="in out")
    settings = {"units": units, "in_features": rows}
    return replace(user, kind="dense", attributes=settings, inputs=user.inputs[:1], weights=(kernel,))
