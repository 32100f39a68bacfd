"""Telling HDF5 files with Keras weights only from those with a whole model."""

from parity.adapters._location import Location
from parity.adapters.keras._isolated import holds
from parity.errors import UnreadableModel


def holds_weights_only(path: Location) -> bool:
    """Whether a file has weights as Keras saves them and no config; False for a broken one.

    Up to Keras 2 it has a list of layers, each with a list of weights; in Keras 3 every object has a group ``vars``,
    the model too.
    """
    try:
        found = holds(path)
    except UnreadableModel:
        return False
    return not found.config and (found.by_layer or "vars" in found.members)
