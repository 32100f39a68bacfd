"""Sizes that a file leaves free, fixed: the model for inputs of given shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.adapters.onnx._tensors import text
from parity.graph import Shape


@dataclass(frozen=True)
class Sizes:
    """What free sizes are.

    Attributes:
        symbols: numbers by the names of sizes.
        shapes: those of the model's inputs, by name.
    """

    symbols: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)

    def fixed(self, info: Any) -> Any:
        """What is said of a value, with free sizes fixed; without a shape where it names one that is not known."""
        tensor = info.type.tensor_type
        if not self.shapes or not tensor.HasField("shape"):
            return info
        copy = type(info)()
        copy.CopyFrom(info)
        dims = copy.type.tensor_type.shape.dim
        given = self.shapes.get(text(info.name), (None,) * len(dims))
        for dim, size in zip(dims, given, strict=False):
            number = size if isinstance(size, int) else self.symbols.get(text(dim.dim_param))
            if number is not None:
                dim.dim_value = number
        if any(not dim.HasField("dim_value") for dim in dims) and text(info.name) not in self.shapes:
            copy.type.tensor_type.ClearField("shape")  # such as twice the batch; it is inferred anew
        return copy


FREE = Sizes()


def sizes_for(model: Any, inputs: Sequence[str], shapes: Sequence[Shape]) -> Sizes:
    """What the free sizes are for inputs of these shapes, in the order of the inputs.

    Nothing is fixed where the shapes contradict the file.
    """
    stated = {text(info.name): info.type.tensor_type.shape.dim for info in model.graph.input}
    told: dict[str, set[int]] = {}
    found: dict[str, Shape] = {}
    for name, shape in zip(inputs, shapes, strict=False):
        dims = stated[name]
        if len(dims) != len(shape):
            return FREE
        made = []
        for dim, size in zip(dims, shape, strict=True):
            wanted = dim.dim_value if dim.HasField("dim_value") else size
            symbol = text(dim.dim_param)
            if isinstance(size, int) and wanted != size:
                return FREE
            if symbol and isinstance(size, int):
                told.setdefault(symbol, set()).add(size)
            made.append(wanted)
        found[name] = tuple(made)
    # Exporters do not check that axes of one name are of one size.
    return Sizes({symbol: sizes.pop() for symbol, sizes in told.items() if len(sizes) == 1}, found)
