"""Parts that are taken out of a sequence into which a tensor was split: ranges of the tensor.

TorchScript's exporter writes ``chunk`` so: its own operators make no list of an unknown number of outputs.
"""

from collections.abc import Sequence

from parity.adapters.onnx._attributes import attributes
from parity.adapters.onnx._order import Step, step_of
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._tensors import text


def with_ranges(steps: Sequence[Step], resolution: Resolution) -> list[Step]:
    """The nodes, with a ``Slice`` in the place of each ``SequenceAt`` whose part is known."""
    splits = {step.outputs[0]: step for step in steps if _is(step, "SplitToSequence", resolution)}
    if not splits:
        return list(steps)
    found = [_range(step, splits, resolution) or step for step in steps]
    used = {*resolution.outputs, *(name for step in found for name in step.needs)}
    return [step for step in found if step.outputs[0] not in splits or step.outputs[0] in used]


def _range(step: Step, splits: dict[str, Step], resolution: Resolution) -> Step | None:
    split = splits.get(step.inputs[0]) if _is(step, "SequenceAt", resolution) else None
    if split is None or len(split.inputs) < 2 or not split.inputs[1]:  # else in parts of one
        return None
    shape, sizes = resolution.shape(split.inputs[0]), resolution.array(split.inputs[1])
    at = resolution.number(step.inputs[1])
    axis = attributes(split.proto, {}).get("axis", 0)
    if sizes is None or type(at) is not int or not shape or not -len(shape) <= axis < len(shape):
        return None
    ends = _ends(sizes, shape[axis])
    if ends is None or not -len(ends) <= at < len(ends):
        return None
    at %= len(ends)
    names = [f"{step.outputs[0]}:{each}" for each in ("start", "end", "axis")]
    numbers = (ends[at - 1] if at else 0, ends[at], axis)
    for name, number in zip(names, numbers, strict=True):
        resolution.enter(name, [number])
    given = [split.inputs[0], *names]
    proto = type(step.proto)(op_type="Slice", input=given, output=[step.outputs[0]], name=step.proto.name)
    proto.metadata_props.extend(step.proto.metadata_props)
    return step_of(proto)


def _is(step: Step, op: str, resolution: Resolution) -> bool:
    return text(step.proto.op_type) == op and not resolution.slots.domain(step.proto) and bool(step.inputs)


def _ends(sizes: object, size: object) -> list[int] | None:
    """Where each part ends: those of given sizes, or all of one size but for the last."""
    import numpy as np

    given = np.asarray(sizes)
    if given.ndim:
        return [int(each) for each in np.cumsum(given)]
    each = int(given)
    if type(size) is not int or each < 1:
        return None
    return [min(end, size) for end in range(each, size + each, each)]
