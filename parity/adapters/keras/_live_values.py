"""The values of a live model's variables."""

from dataclasses import dataclass
from typing import Any

from parity.adapters._elements import NotThere, element_type
from parity.store import Absent


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A variable of a live model, on any backend. It may change at any time, and is read as it is then."""

    variable: Any

    def __reduce__(self) -> Any:
        """Another process has no live model."""
        return NotThere, ("its live model is in another process",)

    def read(self) -> Any:
        """A copy of the value.

        Raises:
            Absent: the variable has no value yet, or its backend does not give it away.
        """
        import keras
        import numpy as np

        name = keras.backend.standardize_dtype(self.variable.dtype)
        try:
            value = keras.ops.convert_to_numpy(self.variable)
        except (ValueError, RuntimeError, NotImplementedError, AttributeError) as error:
            cause = f"the value of its variable cannot be read: {str(error)[:200]}"
            raise Absent(cause, remedy="build the model eagerly, outside of tf.function") from error
        # The PyTorch backend gives numbers of half precision as float32, where they are exact.
        return np.array(value, element_type(name))
