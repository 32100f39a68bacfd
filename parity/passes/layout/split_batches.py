"""Attention, and products of matrices whose batch is merged of a free size and others, keep samples and heads apart.

TensorFlow's einsum is exported so: with samples and heads in one axis, of which nothing tells the size any more. So is
``nn.MultiheadAttention`` that also gives its weights, whether or not anyone looks at them.
"""

from dataclasses import replace

from parity.graph import Dim, Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.passes.layout.fuse_rearrangements import fuse_rearrangements
from parity.rearrange.axes_algebra import Factor, Form
from parity.rearrange.chains import chain_to, form_of, layers_for


def split_batches(graph: LayerGraph) -> LayerGraph:
    """Multiply before the axes are merged, and merge them after; what splits them again then undoes that."""
    before: dict[str, tuple[Layer, ...]] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        operands = _operands(graph, layer)
        made = graph.values.get(layer.outputs[0]) if operands is not None else None
        if operands is None or made is None or made.shape is None:
            continue
        inputs: list[str] = []
        layers: list[Layer] = []
        for at, (chain, form) in enumerate(operands):
            root, value = chain[0].inputs[0], f"{layer.path}:operand {at}"
            shape = graph.shape(root) or ()
            apart: Form = (*((factor,) if factor.size != 1 else () for factor in form[0]), *form[1:])
            like = replace(chain[-1], path=value)
            moved = layers_for(apart, (root, shape, value), like, made.dtype)
            values |= moved.values
            values[value] = Value(_sizes(apart), made.dtype)
            layers += moved.layers
            inputs.append(value if moved.layers else root)
        batch = _sizes(operands[0][1][:1])
        wide: Shape = (*(factor.size for factor in operands[0][1][0]), *made.shape[1:])
        whole = f"{layer.outputs[0]}:apart"
        values[whole] = Value(wide, made.dtype)
        replaced[layer.path] = replace(layer, inputs=tuple(inputs), outputs=(whole,))
        joining = replace(layer, path=f"{layer.path}:joined", kind="reshape", weights=(), inputs=(whole,))
        after[layer.path] = (replace(joining, attributes=reshaped(wide, (*batch, *made.shape[1:]))),)
        before[layer.path] = tuple(layers)
    done = rewrite(graph, replaced=replaced, before=before, after=after, values=values)
    return graph if done is graph else eliminate_dead_code(fuse_rearrangements(done))


def _operands(graph: LayerGraph, layer: Layer) -> list[tuple[list[Layer], Form]] | None:
    """For the factors of a product what they are rearranged from, if their batches are merged of the same axes."""
    attends = layer.kind == "attention" and len(layer.inputs) == 3 and layer.attributes["groups"] == 1
    multiplies = layer.kind == "matmul" and len(layer.inputs) == 2 and len(layer.outputs) == 1
    if layer.weights or not (attends or multiplies) or any(layer.outputs[1:]):
        return None
    found = []
    for value in layer.inputs:
        chain = chain_to(graph, value)
        form = form_of(graph, chain, graph.shape(chain[0].inputs[0])) if chain else None
        if form is None or len(form) != 3:
            return None
        batch = _with_sample(form, graph.shape(chain[0].inputs[0]) or ()) if attends else form[0]
        bare = tuple(tuple(factor for factor in axis if factor.size != 1) for axis in form[1:])
        found.append((chain, (tuple(batch), *bare)))
    sizes = [[factor.size for factor in form[0]] for _, form in found]
    alike = all(each == sizes[0] for each in sizes) and len(sizes[0]) > 1
    return found if alike and (attends or None in sizes[0]) else None


def _with_sample(form: Form, shape: Shape) -> tuple[Factor, ...]:
    """The factors of the batch, and before them that of a batch of one sample, which is no factor of anything else."""
    found = tuple(factor for factor in form[0] if factor.size != 1)
    if len(found) != 1 or len(shape) != 3 or found[0].axis != len(shape) - 1:
        return found
    used = {factor.axis for axis in form for factor in axis if factor.size != 1}
    single = [axis for axis, size in enumerate(shape[:-1]) if size == 1 and axis not in used]
    return (Factor(single[0], 1, 1), *found) if single else found


def _sizes(form: Form) -> Shape:
    made: list[Dim] = []
    for axis in form:
        known = [factor.size for factor in axis]
        total = 1
        for size in known:
            total *= size if isinstance(size, int) else 0
        made.append(total or (known[0] if len(known) == 1 else None))
    return tuple(made)
