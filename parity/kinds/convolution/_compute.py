"""What convolutions compute: the sum over the places of the kernel of a shifted input times that part of the kernel.

Sources: https://onnx.ai/onnx/operators/onnx__Conv.html, onnx__ConvTranspose.html and onnx__Col2Im.html, and
https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from parity.graph import Unknown
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds._layouts import LAST
from parity.kinds._windows import Padding, same

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}
"""What numpy calls the modes of padding that fill with elements of the image."""


def convolution(given: Given) -> tuple[Array, ...]:
    """The cross-correlation that frameworks call convolution."""
    attributes = given.attributes
    strides, dilation, groups = (attributes[name] for name in ("strides", "dilation", "groups"))
    kernel = given.inputs[1] if len(given.inputs) > 1 else stored_kernel(given)
    image = channels_last(of_batch(given.inputs[0], len(strides)), attributes["data_format"])
    amounts = padding(attributes, image.shape[1:-1])
    padded = filled(given, image, amounts, attributes.get("padding_mode", "zeros"))
    made = correlated(given, padded, kernel, strides, dilation, groups) + given.vector("bias", 0.0)
    return (as_given(back(made, attributes["data_format"]), given.inputs[0].ndim),)


def transposed_convolution(given: Given) -> tuple[Array, ...]:
    """Each element adds its multiple of the kernel to the output, of which the ends are cropped."""
    attributes = given.attributes
    strides, dilation, groups = (attributes[name] for name in ("strides", "dilation", "groups"))
    image = channels_last(of_batch(given.inputs[0], len(strides)), attributes["data_format"])
    grouped = "multiplier" in given.axes("kernel").split()
    kernel = given.weight("kernel", "in multiplier spatial" if grouped else "in out spatial")
    size = kernel.shape[2:]
    batch, space, filters = image.shape[0], image.shape[1:-1], kernel.shape[1] * groups
    whole = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(space, strides, size, dilation, strict=True)]
    given.makes(batch, *whole, filters)
    given.spend(image.size * kernel.shape[1] * prod(size))
    made = np.zeros((batch, *whole, filters))
    for at in _places(size):
        ranges = [
            slice(a * d, a * d + (n - 1) * s + 1, s) for a, d, n, s in zip(at, dilation, space, strides, strict=True)
        ]
        part = kernel[(slice(None), slice(None), *at)].reshape(groups, -1, kernel.shape[1])
        made[(slice(None), *ranges)] += _grouped_product(image, part)
    made = uncropped(given, made, attributes["cropped"]) + given.vector("bias", 0.0)
    return (as_given(back(made, attributes["data_format"]), given.inputs[0].ndim),)


def columns(given: Given) -> tuple[Array, ...]:
    """The elements under each position of a window as a column, channels outermost (im2col)."""
    windows = [given.attributes[name] for name in ("kernel_size", "strides", "dilation")]
    image = np.moveaxis(given.inputs[0], 1, -1)
    padded = filled(given, image, given.attributes["padding"], "zeros")
    given.makes(*positions(padded.shape[1:-1], *windows), padded.shape[0], padded.shape[-1], prod(windows[0]))
    parts = [np.moveaxis(part, -1, 1) for _, part in _shifted(padded, *windows)]
    made = np.stack(parts, axis=2)
    return (made.reshape(made.shape[0], made.shape[1] * made.shape[2], -1),)


def image_of_columns(given: Given) -> tuple[Array, ...]:
    """The sum of columns at the places that their windows have in the image (col2im)."""
    size, strides, dilation, amounts, wanted = (
        given.attributes[name] for name in ("kernel_size", "strides", "dilation", "padding", "output_size")
    )
    batch, rows, _ = given.inputs[0].shape
    whole = [n + a + b for n, (a, b) in zip(wanted, amounts, strict=True)]
    space = positions(whole, size, strides, dilation)
    given.makes(batch, rows // prod(size), *whole)
    parts = given.inputs[0].reshape(batch, rows // prod(size), *size, *space)
    made = np.zeros((batch, parts.shape[1], *whole))
    for at in _places(size):
        ranges = [
            slice(a * d, a * d + (n - 1) * s + 1, s) for a, d, n, s in zip(at, dilation, space, strides, strict=True)
        ]
        made[(slice(None), slice(None), *ranges)] += parts[(slice(None), slice(None), *at)]
    ends = (slice(a, a + n) for n, (a, _) in zip(wanted, amounts, strict=True))
    return (made[(slice(None), slice(None), *ends)],)


def stored_kernel(given: Given, role: str = "kernel") -> Array:
    """The kernel as PyTorch has it: filters, channels of a group, window."""
    names = given.axes(role).split()
    if "group" in names:
        kernel = given.weight(role, "group multiplier spatial")
        return kernel.reshape(kernel.shape[0] * kernel.shape[1], 1, *kernel.shape[2:])
    return given.weight(role, "group*multiplier in spatial" if "group*multiplier" in names else "out in spatial")


def _places(size: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """The places of a window."""
    return product(*map(range, size))


def of_batch(image: Array, space: int) -> Array:
    """An image with so many spatial axes as a batch of one, where it comes without a batch (PyTorch)."""
    return image[None] if image.ndim == space + 1 else image


def as_given(image: Array, rank: int) -> Array:
    """What has been made of a batch of one, without the batch where there was none."""
    return image[0] if image.ndim > rank else image


def channels_last(image: Array, data_format: str) -> Array:
    """An image with its channels as the last axis."""
    return image if data_format == LAST else np.moveaxis(image, 1, -1)


def back(image: Array, data_format: str) -> Array:
    """An image whose channels are the last axis, in a layout."""
    return image if data_format == LAST else np.moveaxis(image, -1, 1)


def padding(attributes: Any, space: Sequence[int], window: str = "kernel_size") -> Padding:
    """What is added at the ends of each spatial axis of these sizes.

    Raises:
        Uncomputable: the source does not tell.
    """
    rule = attributes.get("padding_rule")
    if rule is not None:
        size, strides, dilation = (attributes[name] for name in (window, "strides", "dilation"))
        found = same(tuple(space), size, strides, dilation, rule)
    else:
        found = attributes["padding"]
    if isinstance(found, Unknown):
        raise Uncomputable(f"its padding is not known: {found.reason}")
    return found


def filled(given: Given, image: Array, amounts: Padding, mode: str) -> Array:
    """An image whose channels are last, with places added at the ends of its spatial axes."""
    if not any(each for pair in amounts for each in pair):
        return image
    ends = [(0, 0), *amounts, (0, 0)]
    given.makes(*(size + max(a, 0) + max(b, 0) for size, (a, b) in zip(image.shape, ends, strict=True)))
    if mode != "zeros":
        if mode not in MODES:
            raise Uncomputable(f"parity has no formula for padding {mode!r}")
        named: Any = MODES[mode]
        return np.asarray(np.pad(image, ends, mode=named))
    cut = tuple(slice(max(-a, 0), size - max(-b, 0)) for size, (a, b) in zip(image.shape, ends, strict=True))
    return np.pad(image[cut], [(max(a, 0), max(b, 0)) for a, b in ends])


def uncropped(given: Given, made: Array, cropped: Padding) -> Array:
    """The places that are left of the spatial axes; those below 0 are added, and hold nothing."""
    return filled(given, made, tuple((-a, -b) for a, b in cropped), "zeros")


def positions(space: Sequence[int], size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """How many positions a window has along each axis of an image that is padded already.

    Raises:
        Uncomputable: it fits nowhere.
    """
    counts = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(space, size, strides, dilation, strict=True)]
    if min(counts, default=1) < 1:
        raise Uncomputable("its window is larger than its padded input")
    return counts


def _shifted(
    image: Array, size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Iterator[tuple[tuple[Any, ...], Array]]:
    """For each place of a window what stands there at all positions, with the channels last."""
    counts = positions(image.shape[1:-1], size, strides, dilation)
    for at in _places(size):
        ranges = [
            slice(a * d, a * d + (n - 1) * s + 1, s) for a, d, n, s in zip(at, dilation, counts, strides, strict=True)
        ]
        yield at, image[(slice(None), *ranges)]


def correlated(
    given: Given, image: Array, kernel: Array, strides: Sequence[int], dilation: Sequence[int], groups: int
) -> Array:
    """The convolution of a padded image whose channels are last, by a kernel (filters, channels of a group, window)."""
    size, filters = kernel.shape[2:], kernel.shape[0]
    counts = positions(image.shape[1:-1], size, strides, dilation)
    given.makes(image.shape[0], *counts, filters)
    given.spend(image.shape[0] * prod(counts) * kernel.size)
    made = np.zeros((image.shape[0], *counts, filters))
    for at, part in _shifted(image, size, strides, dilation):
        place = kernel[(slice(None), slice(None), *at)].reshape(groups, filters // groups, -1)
        made += _grouped_product(part, place.transpose(0, 2, 1))
    return made


def _grouped_product(image: Array, matrices: Array) -> Array:
    """The last axis of an image, in groups, times a matrix for each (groups, channels, filters)."""
    groups, channels, filters = matrices.shape
    if groups == 1:
        return np.asarray(image @ matrices[0])
    parts = image.reshape(*image.shape[:-1], groups, channels)
    if channels == 1:
        return np.asarray(parts * matrices[:, 0]).reshape(*image.shape[:-1], groups * filters)
    made = np.einsum("...gc,gcf->...gf", parts, matrices, optimize=True)
    return np.asarray(made.reshape(*image.shape[:-1], groups * filters))
