"""Readers: a file or a live object -> SourceGraph, in the framework's own words.

Each format is a module in one of the folders ``keras``, ``torch``, ``onnx`` and ``snapshot`` that defines ``FORMAT``
and the functions ``recognise`` and ``read``. Frameworks are imported inside functions of the ``live`` modules only.
"""

from parity.adapters._formats import Format, Inputs, Probe, formats, read

__all__ = ["Format", "Inputs", "Probe", "formats", "read"]
