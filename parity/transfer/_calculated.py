"""Expressions that make other numbers than those that are stored: folded normalisations, lengths of kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

from parity.transfer._expression import Array, Expression, Read, Scale, Shape, Sum
from parity.transfer._precomputed import Evaluated


@dataclass(frozen=True, slots=True)
class FoldedKernel(Expression):
    """A kernel times what a batch normalisation after it multiplies each unit by: gamma / sqrt(variance + epsilon).

    The parts are the kernel, the variance and gamma, as ``torch.nn.utils.fuse_conv_bn_weights`` has them.
    """

    axis: int = 0
    epsilon: float = 0.0

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """Calculated in double precision, in the type of the kernel."""
        kernel, variance, gamma = (part.astype("float64") for part in parts)
        sizes = [-1 if axis == self.axis else 1 for axis in range(kernel.ndim)]
        made: Array = kernel * (gamma / (variance + self.epsilon) ** 0.5).reshape(sizes)
        return made.astype(parts[0].dtype)


@dataclass(frozen=True, slots=True)
class FoldedBias(Expression):
    """What a batch normalisation makes of a bias: (bias - mean) * gamma / sqrt(variance + epsilon) + beta.

    The parts are the bias, the mean, the variance, gamma and beta.
    """

    epsilon: float = 0.0

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """Calculated in double precision, in the type of the mean."""
        bias, mean, variance, gamma, beta = (part.astype("float64") for part in parts)
        made: Array = (bias - mean) * gamma / (variance + self.epsilon) ** 0.5 + beta
        return made.astype(parts[1].dtype)


def normed_axes(kernel: Shape, lengths: Shape) -> Shape:
    """The axes of a kernel that a norm is taken over whose lengths have this shape: all for a single number."""
    alike = len(lengths) == len(kernel)
    return tuple(at for at in range(len(kernel)) if not alike or lengths[at] == 1)


@dataclass(frozen=True, slots=True)
class Lengths(Expression):
    """The norms of a kernel over some axes, which stay as axes of one element."""

    axes: Shape = ()

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """Calculated in double precision, in the type of the kernel."""
        wide = parts[0].astype("float64")
        made: Array = (wide * wide).sum(self.axes, keepdims=True) ** 0.5
        return made.astype(parts[0].dtype)


@dataclass(frozen=True, slots=True)
class Normalised(Expression):
    """A kernel brought to lengths that have one element along the axes of the norm: v * (g / ||v||).

    The parts are the kernel and the lengths, as ``torch.nn.utils.parametrizations.weight_norm`` has them.
    """

    @property
    def axes(self) -> Shape:
        """The axes that the norm is taken over."""
        return normed_axes(self.shape, self.parts[1].shape)

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """Calculated in double precision, in the type of the kernel."""
        wide, lengths = (part.astype("float64") for part in parts)
        made: Array = wide * (lengths / (wide * wide).sum(self.axes, keepdims=True) ** 0.5)
        return made.astype(parts[0].dtype)


CALCULATES = (Evaluated, FoldedBias, FoldedKernel, Lengths, Normalised, Scale, Sum)
"""What makes other numbers; everything else only moves them."""


def calculates(value: Expression) -> bool:
    """Whether an expression makes other numbers than those of its tensors."""
    return isinstance(value, CALCULATES) or any(map(calculates, value.parts))
