"""Weight normalisation: a kernel that is stored as a direction and a length for each slice, on one side or both."""

from parity.graph import Layer, Weight
from parity.kinds import MAGNITUDE
from parity.transfer._calculated import Lengths, Normalised, normed_axes
from parity.transfer._expression import Expression, reshape
from parity.transfer._stored import Sizes, of_weight


def are_split(layer: Layer) -> bool:
    """Whether the kernel of a layer is the direction of the one that it computes with."""
    return layer.weight(MAGNITUDE) is not None and layer.weight("kernel") is not None


def merged_kernel(layer: Layer, sizes: Sizes) -> Expression | None:
    """The kernel that a layer with a direction and lengths computes with; None where they are not stored."""
    kernel, lengths = (layer.weight(role) for role in ("kernel", MAGNITUDE))
    parts = [of_weight(each, sizes) for each in (kernel, lengths) if each is not None]
    stored = [each for each in parts if each is not None]
    return Normalised(stored[0].shape, tuple(stored)) if len(stored) == 2 else None  # both


def lengths_of(kernel: Expression, lengths: Weight) -> Expression:
    """The lengths of a kernel's slices, as the right stores them: with them the kernel is its own direction."""
    axes = normed_axes(kernel.shape, lengths.shape)
    shape = tuple(1 if at in axes else size for at, size in enumerate(kernel.shape))
    return reshape(Lengths(shape, (kernel,), axes), lengths.shape)
