"""What products of matrices compute.

Sources: https://numpy.org/doc/stable/reference/generated/numpy.matmul.html and numpy.einsum.html, which the frameworks
follow; https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html.
"""

from math import prod

import numpy as np

from parity.kinds._contract import Attributes
from parity.kinds._given import Array, Given


def dense(given: Given) -> tuple[Array, ...]:
    """An axis times a matrix, plus a bias."""
    value, kernel = given.operand(), given.weight("kernel", "in out")
    axis = given.attributes.get("axis", -1)
    rows = np.moveaxis(value, axis, -1)
    given.makes(*rows.shape[:-1], kernel.shape[1])
    given.spend(rows.size * kernel.shape[1])
    made = rows @ kernel + given.vector("bias", 0.0)
    return (np.moveaxis(made, -1, axis),)


def matmul(given: Given) -> tuple[Array, ...]:
    """The product of two stacks of matrices."""
    left, right = given.operands()
    columns = right.shape[-1] if right.ndim > 1 else 1
    front = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    given.makes(*front, *left.shape[-2:-1], columns)
    given.spend(prod(front) * prod(left.shape[-2:]) * columns)
    return (np.asarray(np.matmul(left, right)),)


def einsum(given: Given) -> tuple[Array, ...]:
    """A product of tensors in which letters that do not come out are summed over, plus a bias."""
    equation = given.attributes["equation"]
    terms, out = equation.partition("->")[0].split(","), equation.partition("->")[2]
    kernels = iter([given.weight("kernel", " ".join(_stored_term(given.attributes)))] if given.has("kernel") else [])
    values = iter(given.inputs)
    places = given.attributes.get("operands", ("value",) * len(terms))
    operands = [next(kernels) if place == "stored" else next(values) for place in places]
    sizes: dict[str, int] = {}
    for term, each in zip(terms, operands, strict=True):
        sizes |= {letter: max(size, sizes.get(letter, 0)) for letter, size in zip(term, each.shape, strict=True)}
    given.makes(*(sizes[letter] for letter in out))
    given.spend(prod(sizes.values()))
    made = np.einsum(equation, *operands, optimize=len(operands) > 1)
    return (made + given.raw("bias") if given.has("bias") else made,)


def _stored_term(attributes: Attributes) -> str:
    """The letters of the stored factor."""
    terms = str(attributes["equation"]).partition("->")[0].split(",")
    return terms[tuple(attributes["operands"]).index("stored")]


def bilinear(given: Given) -> tuple[Array, ...]:
    """Left @ kernel @ right for each unit, plus a bias."""
    left, right = given.inputs
    kernel = given.weight("kernel", "out left right")
    given.spend(prod(left.shape[:-1]) * kernel.size)
    made = np.einsum("...l,olr,...r->...o", left, kernel, right, optimize=True)
    return (made + given.vector("bias", 0.0),)
