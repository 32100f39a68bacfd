"""The recording of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


@dataclass(frozen=True, repr=False)
class Recording:
    """A model's run in its own framework.

    Attributes:
        model: the model, as the user named it.
        producer: the framework and its version: ``PyTorch 2.13.0``.
        digest: of the model's graph.
        weights: of its weight values; "" where these could not be read.
        inputs: by the model's names.
        outputs: by the model's names.
        values: what layers made, by the values of the model's graph; by layers' paths where it has no wiring.
    """

    model: str
    producer: str
    digest: str
    weights: str
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]
    values: Mapping[str, Array]

    def __repr__(self) -> str:
        """One line."""
        return (
            f"<Recording of {self.model!r} by {self.producer}: {len(self.outputs)} outputs, {len(self.values)} values>"
        )

    def save(self, path: str | Path) -> None:
        """Write it to an ``.npz`` file, whole or not at all.

        Raises:
            UsageError: the file cannot be written.
        """
        from parity.recordings._file import write_recording

        write_recording(self, Path(path))
