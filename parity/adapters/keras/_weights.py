"""Telling HDF5 files with Keras weights only from those with a whole model."""

from pathlib import Path

from parity.adapters.keras._h5 import Group, opened
from parity.errors import UnreadableModel


def holds_weights_only(path: Path) -> bool:
    """Whether a file has weights as Keras saves them and no config; False for a broken one."""
    try:
        with opened(path, str(path)) as root:
            return not root.has("model_config") and (by_layer(root) or by_object(root))
    except UnreadableModel:
        return False


def by_layer(root: Group) -> bool:
    """Whether it is laid out as up to Keras 2: a list of layers, each with a list of weights."""
    return root.has("layer_names") or root.has("layer_names0")


def by_object(root: Group) -> bool:
    """Whether it is laid out as in Keras 3: every object has a group ``vars``, the model too."""
    return "vars" in root.members()
