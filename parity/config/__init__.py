"""What a project wants checked: ``parity.toml`` -> Settings.

``_tables`` is the contract of the file. What is no matter of types is checked in ``_file``: names of pairs, files of
layers, settings that need each other.
"""

from parity.config._contract import LEVELS, Pair, Settings
from parity.config._file import find, load
from parity.config._layers import map_file, read_layer_pairs
from parity.config._schema import schema
from parity.config._show import show
from parity.config._suppressions import suppressions
from parity.config._template import template

__all__ = [
    "LEVELS",
    "Pair",
    "Settings",
    "find",
    "load",
    "map_file",
    "read_layer_pairs",
    "schema",
    "show",
    "suppressions",
    "template",
]
