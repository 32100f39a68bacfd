"""What the names of stored tensors stand for: initializers, constants in nodes, and aliases of either."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Any

from parity.adapters.onnx._slots import STANDARD
from parity.adapters.onnx._tensors import SMALL, decode, is_real, shape, text
from parity.errors import UnreadableModel
from parity.graph import Piece, Unknown

TORCH, TENSORFLOW, TRANSFORMERS = "pytorch", "tf2onnx", "onnxruntime.transformers"
VARIABLE = re.compile(r"/ReadVariableOp(_\d+)?:\d+$")
DYNAMO, NUMBERED = "node_", re.compile(r"\w*_\d+")
KIND = "pkg.torch.export.graph_signature.InputSpec.kind"
PERSISTENT = "pkg.torch.export.graph_signature.InputSpec.persistent"
FOLDED, QUOTED, FOLDED_BY_TF = "pkg.onnxscript.optimizer.folded_from", re.compile(r"'([^']+)'"), "const_fold_opt__"
"""Where PyTorch's optimiser tells what a tensor is computed of, as a list in quotes; and tf2onnx that one is."""

PARAMETER, BUFFER, TEMPORARY = "parameter", "buffer", "non-persistent buffer"
LITERAL = "literal"
"""A tensor in a ``Constant`` node of torch's exporters, which keep all that a module stores as initializers."""


ELEMENTWISE = frozenset(
    ("Add", "Sub", "Mul", "Div", "Pow", "Mod", "Max", "Min", "Sum", "Mean", "Where", "Clip", "Equal")
) | {"Greater", "Less", "GreaterOrEqual", "LessOrEqual"}
"""Operators where a real number of one element is a plain scalar: ``x / 8.0``."""

SETTINGS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Inputs of real numbers that are hyperparameters, not weights.
        "Resize": frozenset(("roi", "scales")),
        "Upsample": frozenset(("scales",)),
        "Pad": frozenset(("constant_value",)),
        "OneHot": frozenset(("values",)),
        "Range": frozenset(("start", "limit", "delta")),
        "Dropout": frozenset(("ratio",)),
        "NonMaxSuppression": frozenset(("iou_threshold", "score_threshold")),
    }
)

QUANTISED = frozenset(("Conv", "ConvTranspose", "Gemm", "MatMul", "QLinearConv", "QLinearMatMul")) | {
    *("ConvInteger", "MatMulInteger", "DequantizeLinear"),
    *("QLinearAdd", "QLinearMul", "QGemm", "MatMulIntegerToFloat"),
}
"""Operators that compute with kernels, which are integers in a quantised model."""


MAKERS = "(arange|empty|eye|full|linspace|new_full|new_ones|new_zeros|ones|scalar_tensor|zeros)(_like|_default)?"
NAMELESS = re.compile(rf"(val|{MAKERS})(_\d+)?")
"""What PyTorch's exporter calls results of operators that it adds, and of calls that take sizes and numbers only."""


@dataclass(frozen=True)
class Constant:
    """A stored tensor under one of its names.

    Attributes:
        tensor: the protobuf; a large payload may have been left out of it.
        storage: the name under which the elements are stored.
        declared: what the exporter says that it is: a parameter, a buffer or a literal, else "".
        stored: it is a tensor of the model, not a small constant inside a node.
        pieces: the stored tensors that it is put together of, if it is.
        scales: names of the scale and the zero point of one that is stored as small integers.
        made_of: the name of the stored tensor that tells its sizes, if it is a number to repeat.
        computed_of: what an exporter that has computed it names, as ``Weight`` has it.
        indices: where the elements of ``tensor`` are in a sparse one.
        number: the tensor of the number to repeat, if it is one; None stands for zero.
    """

    name: str
    tensor: Any
    shape: tuple[int, ...]
    storage: str
    declared: str = ""
    stored: bool = True
    pieces: tuple[Piece, ...] = ()
    scales: tuple[str, ...] = ()
    made_of: str = ""
    computed_of: tuple[str, ...] | None = None
    indices: Any = None
    number: Any = None

    @property
    def numel(self) -> int:
        """The number of elements."""
        return prod(self.shape)


def initializers(model: Any, source: str) -> dict[str, Constant]:
    """The model's initializers, sparse ones included, by name.

    Raises:
        UnreadableModel: two have the same name.
    """
    declared, folded = _declared(model)
    found: dict[str, Constant] = {}
    tensors = [*model.graph.initializer, *(each.values for each in model.graph.sparse_initializer)]
    sparse = {text(each.values.name): each for each in model.graph.sparse_initializer}
    for index, tensor in enumerate(tensors):
        name = text(tensor.name) or f"initializer_{index}"
        if name in found:
            raise UnreadableModel(source, "two initializers have the same name", found=name)
        written = sparse.get(name)
        sizes = shape(tensor, source) if written is None else tuple(written.dims)
        told = declared.get(name) or (LITERAL if _is_of_sizes(model, folded.get(name)) else "")
        told = told or _by_name(model, name, scalar=not sizes)
        made = folded.get(name, () if not told and _is_made(model, name) else None)
        indices = None if written is None else written.indices
        found[name] = Constant(name, tensor, sizes, name, told, computed_of=made, indices=indices)
    return found


def node_constants(node: Any, known: Mapping[str, Constant], source: str, producer: str = "") -> Constant | None:
    """What a ``Constant`` node, or an ``Identity`` of a constant, stands for; None for any other node."""
    output = text(node.output[0]) if node.output else ""
    if text(node.domain) not in STANDARD:
        return None
    if node.op_type == "Identity" and len(node.input) == 1:
        original = known.get(text(node.input[0]))
        return original and replace(original, name=output)
    if node.op_type != "Constant" or len(node.attribute) != 1:
        return None
    try:
        tensor = _tensor_of(node.attribute[0])
    except (
        TypeError,
        ValueError,
        OverflowError,
        NotImplementedError,
    ) as error:  # the value is not of the type that its name promises
        found = f"{node.attribute[0].name}: {error}"
        raise UnreadableModel(source, f"the constant {output!r} cannot be read", found=found) from error
    if tensor is None:
        return None
    sizes = shape(tensor, source)
    large = is_real(tensor.data_type) and prod(sizes) > 1
    literal = LITERAL if producer == TORCH else ""
    return Constant(output, tensor, sizes, output, literal, stored=large or prod(sizes) > SMALL)


def is_setting(constant: Constant, domain: str, op: str, slot: str) -> bool:
    """Whether a constant, as it is used here, is a shape, an axis or a scalar rather than a weight."""
    if constant.pieces or constant.scales:
        return False
    if not constant.stored:
        return True
    if constant.numel > SMALL:
        return False
    if is_real(constant.tensor.data_type):
        if slot in SETTINGS.get(op, ()) or not constant.numel:
            return True
        scalar = not constant.shape or (constant.numel == 1 and op in ELEMENTWISE and not domain)
        return scalar and constant.declared in ("", LITERAL)
    return not (op in QUANTISED and constant.numel > 1)


def plain(constant: Constant, read: Callable[[Any], Any]) -> Any:
    """A setting as plain Python, or ``Unknown``; ``read`` fetches the payload of an external tensor."""
    tensor = read(constant.tensor)
    return tensor if isinstance(tensor, Unknown) else decode(tensor)


def _is_of_sizes(model: Any, names: tuple[str, ...] | None) -> bool:
    """Whether PyTorch's exporter has computed a tensor of numbers, and of the sizes of inputs: the program makes it."""
    given = {text(each.name) for each in model.graph.input}
    return bool(names) and all(NAMELESS.fullmatch(name) for name in names or () if name not in given)


def _declared(model: Any) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """What torch's exporter says of its initializers, beside their shapes; and of what its optimiser computed some."""
    kinds: dict[str, str] = {}
    folded: dict[str, tuple[str, ...]] = {}
    for info in model.graph.value_info:
        properties = {text(each.key): text(each.value) for each in info.metadata_props}
        kind = properties.get(KIND)
        if kind == "PARAMETER":
            kinds[text(info.name)] = PARAMETER
        elif kind == "BUFFER":
            kinds[text(info.name)] = TEMPORARY if properties.get(PERSISTENT) == "False" else BUFFER
        if FOLDED in properties:
            folded[text(info.name)] = tuple(QUOTED.findall(properties[FOLDED]))
    return kinds, folded


def _is_made(model: Any, name: str) -> bool:
    """Whether an initializer has a name that an exporter gives to what it has computed."""
    if text(model.producer_name) == TENSORFLOW:
        return name.startswith(FOLDED_BY_TF)
    made = "::" in name or name.startswith("/") or "." not in name
    return made and text(model.producer_name) in (TORCH, TRANSFORMERS)


def _by_name(model: Any, name: str, *, scalar: bool) -> str:
    """What a name tells of its tensor.

    TorchScript's exporter keeps the names of a state_dict, and gives numbers or paths to what it makes itself; tf2onnx
    keeps the name of the operator that reads a variable. PyTorch's other exporter says it in metadata, which an
    optimiser drops; its names are then those of a state_dict, or of the calls that made them, with a number.
    """
    if text(model.producer_name) == TENSORFLOW:
        return PARAMETER if VARIABLE.search(name) else ""
    made = "::" in name or name.startswith("/") or name.isdigit()
    script = text(model.producer_name) == TORCH and not any(node.metadata_props for node in model.graph.node[:8])
    if script and any(text(node.name).startswith(DYNAMO) for node in model.graph.node):
        return PARAMETER if scalar and not NUMBERED.fullmatch(name) else ""
    return PARAMETER if script and not made else ""


def _tensor_of(attribute: Any) -> Any:
    """The value of a ``Constant`` node as a tensor, or None for a sparse one."""
    import numpy as np
    from onnx import helper, numpy_helper

    if attribute.name == "value":
        return attribute.t
    types = {"value_float": "float32", "value_floats": "float32", "value_int": "int64", "value_ints": "int64"}
    if attribute.name in types:
        value = helper.get_attribute_value(attribute)
        return numpy_helper.from_array(np.asarray(value, dtype=types[attribute.name]))
    if attribute.name in ("value_string", "value_strings"):
        return numpy_helper.from_array(np.asarray(helper.get_attribute_value(attribute), dtype=object))
    return None
