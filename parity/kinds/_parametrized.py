"""Kernels that PyTorch computes of what it stores before each use: weight and spectral normalisation as settings again.

``torch.nn.utils.parametrizations`` replaces a weight by the tensors that it is made of; an exported program holds the
operators that make it. What they make is one kernel, so that the layer that uses it is the layer that it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from parity.graph import Framework, SourceGraph, SourceNode

KERNEL = "weight"
"""What the operators that use a kernel call it."""

SPECTRAL = ("torch.nn", "SpectralNorm")
NORMED = ("torch.nn", "WeightNorm")
VIEWS = {"flatten", "reshape", "view", "permute", "clone", "alias", "contiguous"}
SIGMA = ("dot", "vdot")


@dataclass(frozen=True)
class _Found:
    """A computed kernel.

    Attributes:
        kernel: the name of the stored tensor that stands for it.
        rest: other tensors that it is made of, by what they are called here.
        steps: paths of the calls that make it.
    """

    op: tuple[str, str]
    kernel: str
    rest: Mapping[str, str]
    steps: frozenset[str]


def unparametrized(source: SourceGraph) -> SourceGraph:
    """The graph with stored tensors in the place of the kernels that are made of them; the same one without such."""
    if source.framework is not Framework.TORCH or not any(
        "parametriz" in each or each.endswith("_v") for each in source.weights
    ):
        return source
    makers = {value: node for node in source.nodes for value in node.outputs}
    users: dict[str, list[SourceNode]] = {}
    for node in source.nodes:
        for value in node.inputs.values():
            users.setdefault(value, []).append(node)
    changed: dict[str, tuple[SourceNode, ...]] = {}
    gone: set[str] = set()
    for node in source.nodes:
        made = makers.get(node.inputs.get(KERNEL, ""))
        found = _kernel(makers, made) if made is not None else None
        if (
            made is None
            or found is None
            or not _is_alone(found, made, node, users)
            or made.outputs[0] in source.outputs
        ):
            continue
        changed[node.path] = tuple(_plain(node, found))
        gone |= found.steps
    nodes = (each for node in source.nodes if node.path not in gone for each in changed.get(node.path, (node,)))
    return replace(source, nodes=tuple(nodes)) if changed else source


def _plain(node: SourceNode, found: _Found) -> Iterator[SourceNode]:
    """The call with a stored kernel, and before it the spectral normalisation as a call of its own."""
    inputs = {name: value for name, value in node.inputs.items() if name != KERNEL}
    weights = {**node.weights, KERNEL: found.kernel}
    if found.op == NORMED:
        yield replace(node, inputs=inputs, weights={**weights, **found.rest})
        return
    (name, value), *others = inputs.items()
    between = f"{node.path}:normalised"
    kept = {"kernel": found.kernel, **found.rest}
    settings = {"user": node.op}
    yield SourceNode(f"{node.path}:norm", node.layer, *found.op, {"input": value}, kept, settings, (between,))
    yield replace(node, inputs={name: between, **dict(others)}, weights=weights)


def _is_alone(found: _Found, made: SourceNode, user: SourceNode, users: Mapping[str, list[SourceNode]]) -> bool:
    """Whether nothing but one call uses the kernel; what it is made of is for it alone then."""
    return bool(found.steps) and users.get(made.outputs[0], []) == [user]


def _kernel(makers: Mapping[str, SourceNode], made: SourceNode) -> _Found | None:
    if made.op == "_weight_norm" and made.weights.keys() >= {"v", "g"}:
        return _Found(NORMED, made.weights["v"], {"magnitude": made.weights["g"]}, frozenset({made.path}))
    return _spectral(makers, made) if made.op == "div" else None


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
    if len(parts) != 2 or kernel not in parts or len(rest) != 1:  # noqa: PLR2004  the kernel and a vector
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
