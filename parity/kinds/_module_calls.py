"""Calls of PyTorch's MultiheadAttention in an exported program: its operators again as the one call that they are.

What the module does follows from its class; the operators tell its inputs, heads and layout. A call that does anything
out of the ordinary, with a mask or weights that somebody looks at, stays what it was traced to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.graph import Evidence, Framework, Mode, Shape, SourceGraph, SourceLayer, SourceNode
from parity.kinds._modes import IN_TRAINING, UNRECORDED, in_training

ATTENTION = "MultiheadAttention"
SLOTS = {"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"}
CORES = {"softmax", "scaled_dot_product_attention"}
MOVES = {"transpose", "permute", "contiguous", "clone", "alias", "view", "reshape", "unflatten", "unsqueeze", "squeeze"}
"""What changes nothing but the shape and the order of axes."""

KNOWN = {"linear", "select", "split", "split_with_sizes", "chunk", "mul", "bmm", "dropout", "mean", *MOVES, *CORES}


def recomposed(source: SourceGraph) -> SourceGraph:
    """The graph with each such call as one node; the same graph where there is none."""
    rows = {row.path: row for row in source.layers if row.type == ATTENTION and len(row.outputs) == 1}
    if not rows or source.framework is not Framework.TORCH or source.evidence is not Evidence.GRAPH:
        return source
    groups: dict[str, list[SourceNode]] = {}
    for node in source.nodes:
        if node.layer in rows:
            groups.setdefault(node.layer, []).append(node)
    calls = {path: call for path, nodes in groups.items() if (call := _call(source, rows[path], nodes)) is not None}
    last = {groups[path][-1].path: call for path, call in calls.items()}
    nodes = (last.get(node.path, node) for node in source.nodes if node.layer not in calls or node.path in last)
    return replace(source, nodes=tuple(nodes)) if calls else source


@dataclass(frozen=True)
class _Group:
    source: SourceGraph
    nodes: Sequence[SourceNode]
    makers: Mapping[str, SourceNode]

    def shape(self, value: str) -> Shape | None:
        found = self.source.values.get(value)
        return None if found is None else found.shape

    def origin(self, value: str) -> str:
        """The value from outside that one inside is, but for the order of its axes."""
        while (maker := self.makers.get(value)) is not None and maker.op in MOVES and maker.inputs:
            value = next(iter(maker.inputs.values()))
        return value

    def results(self) -> set[str]:
        """Values that somebody outside uses."""
        inside = {node.path for node in self.nodes}
        others = (node for node in self.source.nodes if node.path not in inside)
        used = {value for node in others for value in node.inputs.values()} | {*self.source.outputs}
        return used & self.makers.keys()


def _call(source: SourceGraph, row: SourceLayer, nodes: Sequence[SourceNode]) -> SourceNode | None:
    group = _Group(source, nodes, {value: node for node in nodes for value in node.outputs})
    weights = {name.removeprefix(f"{row.path}."): name for node in nodes for name in node.weights.values()}
    linear = [node for node in nodes if node.op == "linear"]
    cores = [node for node in nodes if node.op in CORES]
    results = group.results()
    usual = SLOTS.issuperset(weights) and {"in_proj_weight", "out_proj.weight"} <= weights.keys()
    usual = usual and all(node.dialect == "aten" and node.op in KNOWN for node in nodes)
    if not usual or len(cores) != 1 or len(results) != 1 or not 2 <= len(linear) <= 4 or not linear[-1].weights:
        return None
    if linear[-1].weights.get("weight") != weights["out_proj.weight"] or "attn_mask" in cores[0].inputs:
        return None
    if group.origin(next(iter(results))) not in linear[-1].outputs:
        return None  # somebody looks at the weights alone
    origins = [group.origin(node.inputs["input"]) for node in linear[:-1]]
    query, key, value = (*origins, *origins[-1:] * (3 - len(origins)))
    given = {found for node in nodes for found in node.inputs.values() if found not in group.makers}
    shape, width = group.shape(query), source.weights[weights["out_proj.weight"]].shape[0]
    if given != {*origins} or shape is None or len(shape) != 3:
        return None
    first = linear[0].inputs["input"] != query  # turned before it is projected
    heads = _heads(group, cores[0], shape[0 if first else 1])
    if heads is None or width % heads:
        return None
    attributes = {"embed_dim": width, "num_heads": heads, "batch_first": first, **_dropout(source, nodes, cores[0])}
    attributes["is_causal"] = bool(cores[0].attributes.get("is_causal", False))
    inputs = {"query": query, "key": key, "value": value}
    return SourceNode(row.path, row.path, "torch.nn", ATTENTION, inputs, weights, attributes, tuple(results))


def _dropout(source: SourceGraph, nodes: Sequence[SourceNode], core: SourceNode) -> dict[str, Any]:
    """Which share of its weights training leaves out, as far as the operators tell, and whether it does so always."""
    told = [node.attributes.get("p", 0.5) for node in nodes if node.op == "dropout"]
    if core.op != "softmax":
        told = [core.attributes.get("dropout_p") or core.attributes.get(IN_TRAINING, 0.0)]
    rate = told[0] if told else UNRECORDED if source.mode is Mode.EVALUATION else 0.0
    return {"dropout": rate, "always": any(map(in_training, nodes))}


def _heads(group: _Group, core: SourceNode, batch: object) -> int | None:
    """How many heads there are: an axis of the operator's query, or merged with the batch before a softmax."""
    shape = group.shape(next(iter(core.inputs.values())))
    if core.op != "softmax":
        return shape[1] if shape is not None and len(shape) == 4 and isinstance(shape[1], int) else None
    rows = shape[0] if shape is not None and len(shape) == 3 else None
    whole = isinstance(rows, int) and isinstance(batch, int) and batch > 0 and rows % batch == 0
    return rows // batch if whole and isinstance(rows, int) and isinstance(batch, int) else None
