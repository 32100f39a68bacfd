"""Keras' mask of an embedding: whether a layer looks at it, and as operations where an average over time does.

Keras hands masks on beside the values, from layer to layer. ``GlobalAveragePooling1D`` multiplies the steps by the
mask, and divides their sum by how many are left (``keras.layers.GlobalAveragePooling1D.call``). Other frameworks write
this out, so it is written out here, too. Recurrent layers and attention are left to look at the mask themselves. An
operation of ``keras.ops`` hands none on (``keras.layers.Layer.__call__`` alone does).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from parity.graph import Framework, SourceGraph, SourceNode, Value

DIALECT = "keras.ops"
AVERAGE = "GlobalAveragePooling1D"

HANDS_ON = {
    *("Activation", "ActivityRegularization", "AlphaDropout", "Dense", "Dropout", "ELU", "GaussianDropout"),
    *("GaussianNoise", "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "PReLU"),
    *("RMSNormalization", "ReLU", "Rescaling", "SpatialDropout1D", "UnitNormalization"),
}
"""Layers of one input that hand on the mask as it comes (``supports_masking`` of Keras 3), and do not look at it."""

MERGES = {"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"}
"""Layers of several inputs that hand on what masks these have."""


def with_masks(source: SourceGraph) -> SourceGraph:
    """The graph with masked averages written out, and with masks only where a layer can look at them."""
    if source.framework is not Framework.KERAS:
        return source
    tokens = dict(_masked(source))
    averages = {
        node.path: tokens[value]
        for node in source.nodes
        if _is_average(node) and (value := next(iter(node.inputs.values()))) in tokens
    }
    nodes = [
        each
        for node in source.nodes
        for each in (_written_out(node, averages[node.path]) if node.path in averages else (node,))
    ]
    nodes = list(_without_idle_masks(_told_of_loss(nodes, source.outputs)))
    if nodes == [*source.nodes]:
        return source
    added = {value: Value(None) for node in nodes for value in node.outputs if value not in source.values}
    return replace(source, nodes=tuple(nodes), values={**source.values, **added})


def _masked(source: SourceGraph) -> Iterator[tuple[str, str]]:
    """Each value that has a mask, and the tokens that this is made of."""
    known: dict[str, str] = {}
    for node in source.nodes:
        inputs = tuple(node.inputs.values())
        if node.dialect != "keras" or len(inputs) != 1 or len(node.outputs) != 1:
            continue
        found = inputs[0] if _begins(node) else known.get(inputs[0]) if node.op in HANDS_ON else None
        if found is not None:
            known[node.outputs[0]] = found
            yield node.outputs[0], found


def _told_of_loss(nodes: list[SourceNode], outputs: Collection[str]) -> list[SourceNode]:
    """The same calls; an embedding tells whether an output has its mask, whose steps ``fit`` leaves out of the loss."""
    reach = set(outputs)
    for node in reversed(nodes):
        if node.dialect != DIALECT and node.op in HANDS_ON | MERGES and not reach.isdisjoint(node.outputs):
            reach.update(node.inputs.values())
    return [
        replace(node, attributes={**node.attributes, "masks_loss": True})
        if _begins(node) and not reach.isdisjoint(node.outputs)
        else node
        for node in nodes
    ]


def _begins(node: SourceNode) -> bool:
    return node.dialect == "keras" and node.op == "Embedding" and node.attributes.get("mask_zero") is True


def _without_idle_masks(nodes: list[SourceNode]) -> Iterator[SourceNode]:
    """The same calls; an embedding has no mask where no layer is handed it any more, and no output has it."""
    seen: set[str] = set()
    for node in reversed(nodes):
        looks = node.dialect != DIALECT and node.op not in HANDS_ON
        if looks or not seen.isdisjoint(node.outputs):
            seen.update(node.inputs.values() if node.dialect != DIALECT else ())
    for node in nodes:
        if _begins(node) and seen.isdisjoint(node.outputs) and "masks_loss" not in node.attributes:
            yield replace(node, attributes={**node.attributes, "mask_zero": False})
        else:
            yield node


def _is_average(node: SourceNode) -> bool:
    plain = node.attributes.get("data_format") in (None, "channels_last")
    return node.dialect == "keras" and node.op == AVERAGE and plain and len(node.inputs) == len(node.outputs) == 1


def _written_out(node: SourceNode, tokens: str) -> Iterator[SourceNode]:
    """The sum of the steps that are not masked, divided by how many these are."""
    steps, dtype = next(iter(node.inputs.values())), node.attributes.get("dtype")
    real = dtype if isinstance(dtype, str) else "float32"
    kept, counted, mask, masked, total, count = (
        f"{node.path}:{name}" for name in ("kept", "counted", "mask", "masked", "total", "count")
    )
    over = {"axis": 1, "keepdims": bool(node.attributes.get("keepdims", False))}
    yield _operation(node, "NotEqual", (tokens,), kept, {"1": 0})
    yield _operation(node, "Cast", (kept,), counted, {"dtype": real})
    yield _operation(node, "ExpandDims", (counted,), mask, {"axis": 2})
    yield _operation(node, "Multiply", (steps, mask), masked)
    yield _operation(node, "Sum", (masked,), total, over)
    yield _operation(node, "Sum", (mask,), count, over)
    yield _operation(node, "Divide", (total, count), node.outputs[0])


def _operation(
    node: SourceNode, op: str, inputs: tuple[str, ...], output: str, settings: Mapping[str, object] | None = None
) -> SourceNode:
    path = node.path if output == node.outputs[0] else output
    ends = {str(at): value for at, value in enumerate(inputs)}
    return SourceNode(path, node.layer, DIALECT, op, ends, {}, dict(settings or {}), (output,))
