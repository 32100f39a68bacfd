"""Readers: a file or a live object -> SourceGraph, in the framework's own words.

Each format is a module in one of the folders ``keras``, ``torch``, ``onnx`` and ``snapshot`` that defines ``FORMAT``
and the functions ``recognise`` and ``read``. Frameworks are imported inside functions of the ``live`` modules only.
"""

from parity.adapters._formats import Format, Inputs, Probe, for_both, formats, in_a_row, read
from parity.adapters._location import is_remote, plain
from parity.adapters._running import Feed, Ran
from parity.adapters._sized import as_read, read_for_samples, read_sized, sizes_beside

__all__ = [
    "Feed",
    "Format",
    "Inputs",
    "Probe",
    "Ran",
    "as_read",
    "for_both",
    "formats",
    "in_a_row",
    "is_remote",
    "plain",
    "read",
    "read_for_samples",
    "read_sized",
    "sizes_beside",
]
