"""An ONNX file with other elements in its initializers and constants."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from parity.adapters._location import Location
from parity.errors import ParityError
from parity.store import TensorStore

LARGEST = (2 << 30) - (1 << 20)
"""Bytes: a protobuf message may have no more than 2 GiB."""

FIELDS = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data", "external_data")


def write_onnx(_: TensorStore, path: Location, made: Mapping[str, Any], out: Path) -> None:
    """Write the model with new elements; what it keeps in data files is written into the file itself.

    Raises:
        ParityError: a tensor is neither an initializer nor a constant of the model, or there is too much.
    """
    import onnx

    model = onnx.load(path)
    found = dict(_tensors(model.graph))
    for name, array in made.items():
        if name not in found:
            raise ParityError(f"cannot write the tensor {name!r}", "the file computes it", remedy="write OUT.npz")
        filled(found[name], array)
    if model.ByteSize() > LARGEST:
        raise ParityError(f"cannot write {str(out)!r}", "it would have more than 2 GiB", remedy="write OUT.npz")
    out.write_bytes(model.SerializeToString())


def filled(tensor: Any, array: Any) -> None:
    """Put elements into a ``TensorProto``."""
    for field in FIELDS:
        tensor.ClearField(field)
    tensor.data_location = 0
    plain = array.astype(array.dtype.newbyteorder("<"), copy=False) if array.dtype.kind in "fiuc" else array
    tensor.raw_data = plain.tobytes()


def _tensors(graph: Any) -> Iterator[tuple[str, Any]]:
    """The tensors of a graph and of those in it, by the names of their values."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value" and node.output:
                yield node.output[0], attribute.t
            if attribute.HasField("g"):
                yield from _tensors(attribute.g)
