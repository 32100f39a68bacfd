"""What a project wants checked: ``parity.toml`` -> Settings."""

from parity.config._contract import LEVELS, Pair, Settings
from parity.config._file import find, load
from parity.config._layers import read_layer_pairs
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
    "read_layer_pairs",
    "schema",
    "show",
    "suppressions",
    "template",
]
