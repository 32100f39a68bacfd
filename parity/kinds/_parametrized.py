"""Kernels that PyTorch computes of what it stores before each use: weight and spectral normalisation as settings again.

``torch.nn.utils.parametrizations`` replaces a weight by the tensors that it is made of; an exported program holds the
operators that make it, and an ONNX file what these do. What they make is one kernel, so that the layer that uses it is
the layer that it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from parity.graph import Framework, SourceGraph, SourceNode
from parity.kinds._given import Stored, Uncomputable

KERNEL = "weight"
"""What PyTorch's operators that use a kernel call it."""

KERNELS = {"Conv": "W", "ConvTranspose": "W", "Gemm": "B", "MatMul": "B"}
"""What ONNX's call it."""

SPECTRAL = ("torch.nn", "SpectralNorm")
NORMED = ("torch.nn", "WeightNorm")
MAGNITUDE = "magnitude"
"""What the lengths are called here that a kernel is brought to, which stay with the layer of the kernel."""

VIEWS = {"flatten", "reshape", "view", "permute", "clone", "alias", "contiguous"}
SIGMA = ("dot", "vdot")
ONNX, LENGTH = "onnx", "ReduceL2"


@dataclass(frozen=True)
class _Found:
    """A computed kernel.

    Attributes:
        kernel: the name of the stored tensor that stands for it.
        rest: other tensors that it is made of, by what they are called here.
        steps: paths of the calls that make it.
        turn: the call among them that turns it, which a matmul has before it.
    """

    op: tuple[str, str]
    kernel: str
    rest: Mapping[str, str]
    steps: frozenset[str]
    turn: SourceNode | None = None


def unparametrized(source: SourceGraph) -> SourceGraph:
    """The graph with stored tensors in the place of the kernels that are made of them; the same one without such."""
    if not _may_have_any(source):
        return source
    makers = {value: node for node in source.nodes for value in node.outputs}
    steps = {node.path: node for node in source.nodes}
    users: dict[str, list[SourceNode]] = {}
    for node in source.nodes:
        for value in node.inputs.values():
            users.setdefault(value, []).append(node)
    changed: dict[str, tuple[SourceNode, ...]] = {}
    gone: set[str] = set()
    for node in source.nodes:
        found = _found(source, makers, makers.get(node.inputs.get(_slot(node), "")))
        if found is None:
            continue
        values = [value for path in found.steps for value in steps[path].outputs]
        if _are_alone(values, found, node, users) and not set(values).intersection(source.outputs):
            changed[node.path] = tuple(_plain(node, found))
            gone |= found.steps
    nodes = (each for node in source.nodes if node.path not in gone for each in changed.get(node.path, (node,)))
    return replace(source, nodes=tuple(nodes)) if changed else source


def _may_have_any(source: SourceGraph) -> bool:
    if source.framework is Framework.ONNX:
        return any(node.op == LENGTH for node in source.nodes)
    named = any("parametriz" in each or each.endswith("_v") for each in source.weights)
    return source.framework is Framework.TORCH and named


def _slot(node: SourceNode) -> str:
    return KERNELS.get(node.op, "") if node.dialect == ONNX else KERNEL


def _plain(node: SourceNode, found: _Found) -> Iterator[SourceNode]:
    """The call with a stored kernel, and before it the spectral normalisation as a call of its own, or its turn."""
    if found.turn is not None:
        yield replace(found.turn, inputs={}, weights={"data": found.kernel})
        yield replace(node, weights={**node.weights, **found.rest})
        return
    inputs = {name: value for name, value in node.inputs.items() if name != _slot(node)}
    weights = {**node.weights, _slot(node): found.kernel}
    if found.op == NORMED:
        yield replace(node, inputs=inputs, weights={**weights, **found.rest})
        return
    (name, value), *others = inputs.items()
    between = f"{node.path}:normalised"
    kept = {"kernel": found.kernel, **found.rest}
    settings = {"user": node.op}
    yield SourceNode(f"{node.path}:norm", node.layer, *found.op, {"input": value}, kept, settings, (between,))
    yield replace(node, inputs={name: between, **dict(others)}, weights=weights)


def _are_alone(
    values: Sequence[str], found: _Found, user: SourceNode, users: Mapping[str, Sequence[SourceNode]]
) -> bool:
    """Whether nothing but one call uses what is computed for its kernel."""
    return all(each.path in {*found.steps, user.path} for value in values for each in users.get(value, ()))


def _found(source: SourceGraph, makers: Mapping[str, SourceNode], made: SourceNode | None) -> _Found | None:
    if made is None or made.dialect != ONNX or made.op != "Transpose":
        return _kernel(source, makers, made) if made is not None else None
    before = makers.get(made.inputs.get("data", ""))
    found = _kernel(source, makers, before) if before is not None else None
    return replace(found, turn=made, steps=found.steps | {made.path}) if found is not None else None


def _kernel(source: SourceGraph, makers: Mapping[str, SourceNode], made: SourceNode) -> _Found | None:
    if made.dialect == ONNX:
        return _scaled(source, makers, made)
    if made.op == "_weight_norm" and made.weights.keys() >= {"v", "g"}:
        return _Found(NORMED, made.weights["v"], {MAGNITUDE: made.weights["g"]}, frozenset({made.path}))
    return _spectral(makers, made) if made.op == "div" else None


def _scaled(source: SourceGraph, makers: Mapping[str, SourceNode], made: SourceNode) -> _Found | None:
    """Weight normalisation: v * (g / ||v||), or (v / ||v||) * g: as exporters write it down."""
    ratio = next((makers.get(value) for value in made.inputs.values()), None)
    length = makers.get(ratio.inputs.get("B", "")) if ratio is not None and ratio.op == "Div" else None
    if made.op != "Mul" or ratio is None or length is None or length.op != LENGTH:
        return None
    direction = length.weights.get("data", "")
    rest = [name for name in (*made.weights.values(), *ratio.weights.values()) if name != direction]
    if len(rest) != 1 or len(made.weights) != 1 or "A" not in ratio.weights:
        return None
    shape, axes = source.weights[direction].shape, length.attributes.get("axes")
    over = {axis % len(shape) for axis in (axes if axes is not None else range(len(shape)))}
    of_one = tuple(1 if at in over else size for at, size in enumerate(shape))
    if length.attributes.get("keepdims", 1) != 1 or source.weights[rest[0]].shape != of_one:
        return None
    return _Found(NORMED, direction, {MAGNITUDE: rest[0]}, frozenset({made.path, ratio.path, length.path}))


def _spectral(makers: Mapping[str, SourceNode], made: SourceNode) -> _Found | None:
    """W / (u . (W v)), as ``_SpectralNorm`` computes it in evaluation mode."""
    steps = {made.path}
    stored = "self" in made.weights
    kernel = _origin(makers, ((made.weights if stored else made.inputs).get("self", ""), stored), steps)
    sigma = makers.get(made.inputs.get("other", ""))
    if not isinstance(kernel, str) or sigma is None or sigma.op not in SIGMA:
        return None
    steps.add(sigma.path)
    ends = [_origin(makers, value, steps) for value in _operands(sigma)]
    vectors = [end for end in ends if isinstance(end, str)]
    products = [end for end in ends if isinstance(end, SourceNode) and end.op == "mv"]
    if len(vectors) != 1 or len(products) != 1:
        return None
    steps.add(products[0].path)
    parts = [_origin(makers, value, steps) for value in _operands(products[0])]
    rest = [part for part in parts if isinstance(part, str) and part != kernel]
    if len(parts) != 2 or kernel not in parts or len(rest) != 1:  # the kernel and a vector
        return None
    return _Found(SPECTRAL, kernel, {"vector": vectors[0], "right_vector": rest[0]}, frozenset(steps))


def _operands(node: SourceNode) -> list[tuple[str, bool]]:
    """What a call works on: names of values, and of stored tensors."""
    return [(value, False) for value in node.inputs.values()] + [(name, True) for name in node.weights.values()]


def _origin(makers: Mapping[str, SourceNode], operand: tuple[str, bool], steps: set[str]) -> str | SourceNode | None:
    """The stored tensor that an operand is but for its shape, or the call that makes it."""
    name, stored = operand
    while not stored:
        node = makers.get(name)
        if node is None or node.op not in VIEWS:
            return node
        steps.add(node.path)
        found = _operands(node)
        if len(found) != 1:
            return None
        ((name, stored),) = found
    return name


def with_lengths(stored: Mapping[str, Stored]) -> Mapping[str, Stored]:
    """The weights of a layer by role, its kernel brought to the lengths that are stored beside it: g * v / ||v||.

    The lengths have one element along the axes that the norm is taken over (``torch.nn.utils.weight_norm``).

    Raises:
        Uncomputable: there are lengths and no kernel, which comes in as a value.
    """
    if MAGNITUDE not in stored:
        return stored
    if "kernel" not in stored:
        raise Uncomputable("the lengths of its kernel are stored beside it, and the kernel comes in as a value")
    kernel, lengths = stored["kernel"].array, stored[MAGNITUDE].array
    axes = tuple(at for at in range(kernel.ndim) if lengths.ndim != kernel.ndim or lengths.shape[at] == 1)
    norm = (kernel * kernel).sum(axis=axes, keepdims=True) ** 0.5
    made = Stored(kernel * lengths / norm, stored["kernel"].axes)
    return {**{role: each for role, each in stored.items() if role != MAGNITUDE}, "kernel": made}
