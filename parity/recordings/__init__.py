"""What a model computed in its own framework, kept to be compared where that framework is not."""

from parity.recordings._array import read_array
from parity.recordings._contract import Recording
from parity.recordings._digest import digest, weights_digest
from parity.recordings._file import holds_recording, opened_recording, write_recording

__all__ = [
    "Recording",
    "digest",
    "holds_recording",
    "opened_recording",
    "read_array",
    "weights_digest",
    "write_recording",
]
