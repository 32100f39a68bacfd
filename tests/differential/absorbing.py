"""Whether other weights could make up for a change: parity compares no weights, and a conversion may rearrange them."""

import numpy as np
from differential.generating import Family, Values, evaluated
from differential.programs import Node, Pair, Program, Refused

SIGNED = (
    "Add",
    "Sub",
    "Mul",
    "Div",
    "torch.add",
    "torch.sub",
    "torch.mul",
    "torch.div",
    "torch.rsub",
    "torch.add/alpha",
    "+",
    "-",
    "*",
    "/",
    "1-",
)
"""Operators that give the same with a weight of another sign or the reciprocal one."""

MATRICES = {"nn.Linear", "F.linear", "torch.matmul", "torch.mm", "torch.addmm", "@", "Gemm", "MatMul", "FusedMatMul"}
"""Products with a matrix, which one operator stores as another has it turned."""

BIASES = {"bias", "use_bias"}


def absorbable(family: Family, pair: Pair) -> bool:
    """Whether a weight reads the same numbers in another order, or a change of sign or bias is next to a weight."""
    if "tied" in pair.label:
        return family.name == "onnx"
    return _by_weights(family, pair) or _reordered(family, pair)


def weighted(family: Family, node: Node) -> bool:
    """Whether a call has stored tensors that nobody compares."""
    return bool(node.weights()) or bool(family.table[node.op].more.get("weights"))


def _by_weights(family: Family, pair: Pair) -> bool:
    """Whether what differs is arithmetic with a weight, or a bias that a normalisation takes away again."""
    normed = any("Norm" in node.op for node in pair.left.nodes)
    for node in pair.left.nodes:
        other = pair.right.node(node.id)
        if other is None or other == node:
            continue
        if family.table[node.op].more.get("then") and not any(
            reader.op in family.table[node.op].more["then"] and reader.inputs[0] == node.names()[0]
            for reader in pair.left.nodes
        ):
            return True  # what is no mask is a weight
        if node.op in SIGNED and other.op in SIGNED and node.weights():
            return True
        if weighted(family, node) and _layout(node, other):
            return True
        if {node.op, other.op} <= MATRICES and weighted(family, node) and weighted(family, other):
            return True
        names = {
            name for name in {*node.settings, *other.settings} if node.settings.get(name) != other.settings.get(name)
        }
        if normed and (len(node.weights()) != len(other.weights()) or (names and names <= BIASES)):
            return True
    return False


def _layout(node: Node, other: Node) -> bool:
    """Whether calls differ in how a stored matrix lies."""
    if "Einsum" in node.op:
        return True
    names = {name for name in {*node.settings, *other.settings} if node.settings.get(name) != other.settings.get(name)}
    return bool(names) and names <= {"transB"}


def _reordered(family: Family, pair: Pair) -> bool:
    try:
        _, left = evaluated(family, pair.left)
        _, right = evaluated(family, pair.right)
    except (Refused, KeyError):
        return False
    return any(
        _permuted(left[one], right[other])
        for node, twin in _twins(family, pair.left, pair.right)
        for one, other in zip(node.values(), twin.values(), strict=False)
    ) or _behind_weights(family, pair, left, right)


def _behind_weights(family: Family, pair: Pair, left: Values, right: Values) -> bool:
    """Whether the outputs are the same numbers in another order, and come of a weight that could be in another order."""
    moved = [(one, other) for one, other in zip(pair.left.outputs, pair.right.outputs, strict=False)
             if not np.array_equal(left[one], right[other], equal_nan=True)]  # fmt: skip
    permuted = all(_permuted(left[one], right[other]) for one, other in moved)
    return permuted and any(weighted(family, node) for node in pair.left.nodes)


def _twins(family: Family, left: Program, right: Program) -> list[tuple[Node, Node]]:
    found = [(node, right.node(node.id)) for node in left.nodes if weighted(family, node)]
    return [(node, twin) for node, twin in found if twin is not None]


def _permuted(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold the same numbers, in another order or shape."""
    if one.size != other.size or one.size < 2:
        return False
    if one.shape == other.shape and np.array_equal(one, other, equal_nan=True):
        return False
    return bool(np.allclose(np.sort(one, axis=None), np.sort(other, axis=None), rtol=1e-5, atol=1e-6, equal_nan=True))
