"""Fold: adds up columns, each the elements under one position of a sliding window, to an image (col2im)."""

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, unknown_axes, whole
from parity.kinds._given import later
from parity.kinds._layouts import product
from parity.kinds._windows import onnx_pads, pairs
from parity.kinds.convolution import _patches as patches


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, size = (inputs[0] if inputs else None), product(attributes["kernel_size"])
    if found is None or len(found) != 3 or not size:  # columns
        return (None,)
    channels = found[1] // size if isinstance(found[1], int) else None
    return ((found[0], channels, *attributes["output_size"]),)


def _torch(call: Call) -> tuple[Draft, ...]:
    found, size = patches.settings(call), pairs(call.get("output_size"), 2)
    if found is None or not whole(size):
        return ()
    return (Draft("fold", {**found, "output_size": size}, call.inputs[:1], call.outputs[:1]),)


def _onnx(call: Call) -> tuple[Draft, ...]:
    size, kernel = call.get("image_shape"), call.get("block_shape")
    if not isinstance(size, tuple) or not isinstance(kernel, tuple) or not whole(size, kernel):
        return ()
    rank = len(kernel)
    attributes = {
        "kernel_size": kernel,
        "strides": pairs(call.get("strides", 1), rank),
        "dilation": pairs(call.get("dilations", 1), rank),
        "padding": onnx_pads(call.get("pads") or (0,) * (2 * rank), rank),
        "output_size": size,
    }
    return (Draft("fold", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "fold",
    attributes={**patches.COMPARED, "output_size": Attribute()},
    shape=_shape,
    axes=unknown_axes,
    compute=later(__package__, "image_of_columns"),
    spellings={
        ("torch.nn", "Fold"): _torch,
        ("aten", "col2im"): _torch,
        ("keras.ops", "Fold"): _torch,
        ("onnx", "Col2Im"): _onnx,
    },
)
