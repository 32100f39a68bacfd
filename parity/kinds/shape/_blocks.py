"""Square blocks of an image against channels: what depth-to-space and its inverse have in common."""

from parity.graph import Axes
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, Spelling, whole
from parity.kinds._layouts import FIRST, LAST, image_axes

COMPARED = {"block": Attribute(), "order": Attribute()}

CHANNELS_FIRST, BLOCKS_FIRST = "channels, blocks", "blocks, channels"
"""What the merged axis runs over, outermost first: PyTorch's and ONNX's CRD, or TensorFlow's and ONNX's DCR."""


def draft(call: Call, kind: str, block: object, order: str, layout: str = FIRST) -> tuple[Draft, ...]:
    """The layer, if its settings make one."""
    shape = call.shape()
    if not whole(block) or layout not in {FIRST, LAST} or (shape is not None and len(shape) != 4):
        return ()
    attributes = {"block": block, "order": order, "data_format": layout}
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def torch(kind: str, factor: str) -> Spelling:
    """PyTorch's module or ATen operator; ``factor`` is its name of the block's size."""
    return lambda call: draft(call, kind, call.get(factor), CHANNELS_FIRST)


def onnx(kind: str) -> Spelling:
    """ONNX's operator, which knows both orders."""

    def spell(call: Call) -> tuple[Draft, ...]:
        order = {"DCR": BLOCKS_FIRST, "CRD": CHANNELS_FIRST}.get(call.get("mode", "DCR"))
        return draft(call, kind, call.get("blocksize"), order) if order is not None else ()

    return spell


def keras(kind: str) -> Spelling:
    """Keras' operation."""
    return lambda call: draft(call, kind, call.get("block_size"), BLOCKS_FIRST, call.get("data_format") or LAST)


def axes(attributes: Attributes, _: tuple[Axes | None, ...]) -> AxisNames:
    """These layers are for images."""
    named = image_axes(4, attributes["data_format"])
    return (named,), (named,)
