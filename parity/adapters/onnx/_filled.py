"""Weights that a file holds as a number to repeat: the models of ONNX's own test data keep their large ones so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._order import Step
from parity.adapters.onnx._slots import plain_domain
from parity.adapters.onnx._tensors import EXTERNAL, SMALL, decode, is_real, text
from parity.graph import Gap

PLACES: Mapping[str, frozenset[int]] = {
    "Conv": frozenset((1, 2)),
    "ConvTranspose": frozenset((1, 2)),
    "Gemm": frozenset((1, 2)),
    "BatchNormalization": frozenset((1, 2, 3, 4)),
}
"""Inputs that are weights, by operator; anywhere else a repeated number is a mask, a state or the like."""

MOVED: Mapping[str, frozenset[int]] = {**PLACES, "Mul": frozenset((1,)), "Add": frozenset((1,))}
"""The same for what has been given other axes, in a file that holds its kernels so."""

MOVES = ("Unsqueeze", "Reshape")

INT64 = 7


def find_filled(
    steps: Sequence[Step], constants: Mapping[str, Constant], outputs: Iterable[str]
) -> dict[str, Constant]:
    """The weights that ``ConstantOfShape`` makes, by name."""
    found = {}
    for step in steps:
        if text(step.proto.op_type) == "ConstantOfShape" and not plain_domain(step.proto.domain):
            constant = _constant(step, constants)
            if constant is not None:
                found[constant.name] = constant
    if not found:
        return found
    kernels = _used_only(found, steps, outputs, PLACES)
    if not kernels:
        return kernels
    moved = {
        step.outputs[0]: step.inputs[0]
        for step in steps
        if text(step.proto.op_type) in MOVES and not plain_domain(step.proto.domain)
        if step.outputs and step.inputs and step.inputs[0] in found
    }
    spread = {moved[name] for name in _used_only(moved, steps, outputs, MOVED)}
    others = _used_only(found, steps, outputs, dict.fromkeys(MOVES, frozenset((0,))))
    return kernels | {name: each for name, each in others.items() if name in spread}


Found = TypeVar("Found")


def _used_only(
    found: Mapping[str, Found], steps: Sequence[Step], outputs: Iterable[str], places: Mapping[str, frozenset[int]]
) -> dict[str, Found]:
    """What is used nowhere but as the given inputs of operators."""
    others = set(outputs)
    for step in steps:
        own = places.get(text(step.proto.op_type), frozenset()) if not plain_domain(step.proto.domain) else frozenset()
        others.update(step.captured, (name for at, name in enumerate(step.inputs) if at not in own))
    return {name: each for name, each in found.items() if name not in others}


def gaps(filled: Sequence[str]) -> list[Gap]:
    """That their values are not those of a trained model."""
    more = f" and {len(filled) - 1} more" if len(filled) > 1 else ""
    reason = "the file stores one value to repeat; counts are those of the whole tensor"
    return [Gap(f"{filled[0]}{more}", reason, facet="weights")] if filled else []


def _constant(step: Step, constants: Mapping[str, Constant]) -> Constant | None:
    sizes = constants.get(step.inputs[0]) if step.inputs else None
    if sizes is None or sizes.tensor.data_location == EXTERNAL or sizes.numel > SMALL or len(sizes.shape) != 1:
        return None
    given = next((each.t for each in step.proto.attribute if text(each.name) == "value"), None)
    kind = given.data_type if given is not None else 1
    shape = decode(sizes.tensor) if sizes.tensor.data_type == INT64 else None
    if not isinstance(shape, tuple) or not is_real(kind) or any(size < 0 for size in shape):
        return None
    name = step.outputs[0] if step.outputs else ""
    tensor = _tensor(step, name, shape, kind)
    return Constant(name, tensor, shape, name, made_of=step.inputs[0], number=given) if name else None


def _tensor(step: Step, name: str, shape: tuple[int, ...], kind: int) -> Any:
    from onnx import TensorProto

    return TensorProto(name=name, dims=shape, data_type=kind, doc_string=text(step.proto.name))
