"""A recurrent layer that is fed a sequence from its end runs backwards."""

from dataclasses import replace

from parity.graph import LayerGraph
from parity.graph.provenance import fuse
from parity.kinds import RECURRENT
from parity.passes._patterns import defining_op
from parity.passes._rewrite import rewrite
from parity.passes.recurrence._sequences import flips

TIME = {True: 0, False: 1}


def canonicalise_direction(graph: LayerGraph) -> LayerGraph:
    """Let such a layer go through the sequence itself, and join it with what turns round the sequence that it gives.

    A sequence that nobody takes is in no order.
    """
    replaced, aliases, dropped = {}, {}, set()
    for layer in graph.layers:
        if layer.kind not in RECURRENT or not layer.inputs:
            continue
        axis, made = TIME[bool(layer.attributes["time_major"])], layer
        before = defining_op(graph, layer.inputs[0], "slice")
        if before is not None and flips(graph, before, axis) and not layer.attributes["reverse"]:
            attributes = {**layer.attributes, "reverse": True, "flipped": True}
            made = replace(layer, attributes=attributes, inputs=(*before.inputs, *layer.inputs[1:]))
            made = fuse(made, (before,), f"{before.source} flips its sequence")
        users = graph.consumers.get(layer.outputs[0], ())
        turns = all(each.kind == "slice" and flips(graph, each, axis) for each in users)
        if made.attributes["flipped"] and turns and layer.outputs[0] not in graph.outputs:
            made = replace(made, attributes={**made.attributes, "flipped": False})
            made = fuse(made, users, f"{users[0].source} flips its sequence back") if users else made
            aliases.update({each.outputs[0]: layer.outputs[0] for each in users})
            dropped |= {each.path for each in users}
        if made is not layer:
            replaced[layer.path] = made
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)
