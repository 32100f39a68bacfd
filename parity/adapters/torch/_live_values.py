"""The elements of live tensors."""

from dataclasses import dataclass
from typing import Any

from parity.adapters._elements import NotThere, element_type
from parity.adapters.torch._dtypes import INTEGERS, plain
from parity.store import Absent


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A tensor of a live model. It may change at any time, and is read as it is then."""

    tensor: Any

    def __reduce__(self) -> Any:
        """Another process has no live model."""
        return NotThere, ("its live model is in another process",)

    def read(self) -> Any:
        """A copy of the elements, those that are quantised as the integers that are stored.

        Raises:
            Absent: it is on the meta device, fake, or of a class of tensors that does not give its elements away.
        """
        import torch

        tensor = self.tensor.detach()
        if tensor.device.type == "meta" or type(tensor).__name__ == "FakeTensor":
            raise Absent("it is on the meta device, where tensors have no elements", remedy="load its elements")
        name = plain(tensor.dtype)
        dtype = element_type(INTEGERS.get(name, name))
        try:
            tensor = tensor.int_repr() if tensor.is_quantized else tensor
            tensor = tensor.to_dense() if tensor.layout is not torch.strided else tensor
            tensor = tensor.resolve_conj().resolve_neg().cpu().contiguous()
            found = tensor.reshape(-1).view(torch.uint8).numpy().copy()
        except (RuntimeError, NotImplementedError, TypeError) as error:
            raise Absent(f"PyTorch does not give access to its elements: {str(error).splitlines()[0][:200]}") from error
        return found.view(dtype).reshape(tuple(tensor.shape))
